/**
 * What the docker client decodes Docker's answers into: Go's structs, as far as a template may name them. A name that
 * is not here is no field, as it is for the client.
 */
export type GoType =
  | 'string'
  | 'number'
  | 'boolean'
  | { readonly map: GoType }
  | { readonly slice: GoType }
  | { readonly pointer: GoType }
  | GoStructType

export interface GoStructType {
  /** By the field's own name. */
  readonly struct: Readonly<Record<string, GoField>>
}

export interface GoField {
  readonly type: GoType
  /** The key in JSON; default: the field's own name. */
  readonly json?: string
}

export class GoStruct {
  readonly fields: ReadonlyMap<string, GoValue>
  readonly json: unknown
  constructor(fields: ReadonlyMap<string, GoValue>, json: unknown) {
    this.fields = fields
    this.json = json
  }
}

/** A map with typed values: what it lacks is the zero value. */
export class GoMap {
  readonly entries: ReadonlyMap<string, GoValue>
  readonly zero: GoValue
  readonly json: unknown
  constructor(entries: ReadonlyMap<string, GoValue>, zero: GoValue, json: unknown) {
    this.entries = entries
    this.zero = zero
    this.json = json
  }
}

/** An object that was decoded into no type: what it lacks is an error (`missingkey=error`). */
export class RawObject {
  readonly entries: ReadonlyMap<string, GoValue>
  readonly json: unknown
  constructor(entries: ReadonlyMap<string, GoValue>, json: unknown) {
    this.entries = entries
    this.json = json
  }
}

/** `null` is a nil pointer or slice; `undefined` is what a command such as `println` without a value has. */
export type GoValue = string | number | boolean | null | readonly GoValue[] | GoStruct | GoMap | RawObject

/** JSON as the client has it in a value of that type; what is missing is Go's zero value. */
export function decode(type: GoType, json: unknown): GoValue {
  if (type === 'string') return typeof json === 'string' ? json : ''
  if (type === 'number') return typeof json === 'number' ? json : 0
  if (type === 'boolean') return json === true
  if ('pointer' in type) return json === undefined || json === null ? null : decode(type.pointer, json)
  if ('slice' in type) return Array.isArray(json) ? json.map((one: unknown) => decode(type.slice, one)) : null
  const object = isObject(json) ? json : {}
  if ('map' in type) {
    const entries = Object.entries(object).map(([key, value]) => [key, decode(type.map, value)] as const)
    return new GoMap(new Map(entries), decode(type.map, undefined), isObject(json) ? json : null)
  }
  const fields = Object.entries(type.struct).map(
    ([name, field]) => [name, decode(field.type, object[field.json ?? name])] as const,
  )
  return new GoStruct(new Map(fields), json)
}

/** JSON as the client has it where it falls back: only what is there. */
export function decodeRaw(json: unknown): GoValue {
  if (typeof json === 'string' || typeof json === 'number' || typeof json === 'boolean') return json
  if (Array.isArray(json)) return json.map(decodeRaw)
  if (!isObject(json)) return null
  return new RawObject(new Map(Object.entries(json).map(([key, value]) => [key, decodeRaw(value)])), json)
}

export function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

const text = { type: 'string' } as const
const count = { type: 'number' } as const
const flag = { type: 'boolean' } as const
const texts = { type: { slice: 'string' } } as const
const labels = { type: { map: 'string' } } as const

/** `container.InspectResponse` of API 1.52. */
export const CONTAINER: GoStructType = {
  struct: {
    ID: { type: 'string', json: 'Id' },
    Name: text,
    Created: text,
    Image: text,
    RestartCount: count,
    State: {
      type: {
        pointer: {
          struct: {
            Status: text,
            Running: flag,
            OOMKilled: flag,
            ExitCode: count,
            StartedAt: text,
            FinishedAt: text,
            Health: { type: { pointer: { struct: { Status: text } } } },
          },
        },
      },
    },
    HostConfig: {
      type: {
        pointer: {
          struct: {
            NetworkMode: text,
            IpcMode: text,
            PidMode: text,
            RestartPolicy: { type: { struct: { Name: text, MaximumRetryCount: count } } },
          },
        },
      },
    },
    Config: {
      type: {
        pointer: {
          struct: {
            Image: text,
            Env: texts,
            Cmd: texts,
            Entrypoint: texts,
            WorkingDir: text,
            User: text,
            Labels: labels,
          },
        },
      },
    },
    Mounts: {
      type: { slice: { struct: { Type: text, Name: text, Source: text, Destination: text, RW: flag } } },
    },
  },
}

/** `image.InspectResponse` of API 1.52. */
export const IMAGE: GoStructType = {
  struct: {
    ID: { type: 'string', json: 'Id' },
    RepoTags: texts,
    RepoDigests: texts,
    Config: {
      type: { pointer: { struct: { Labels: labels, Volumes: { type: { map: { struct: {} } } } } } },
    },
  },
}

/** `events.Message` of API 1.52: without `ID`, `Status` and `From`. */
export const EVENT: GoStructType = {
  struct: {
    Type: text,
    Action: text,
    Actor: { type: { struct: { ID: text, Attributes: labels } } },
    Time: { type: 'number', json: 'time' },
  },
}

/** What `docker version` shows. */
export const VERSION: GoStructType = {
  struct: {
    Client: { type: { struct: { Version: text } } },
    Server: { type: { pointer: { struct: { Version: text, Os: text, Arch: text } } } },
  },
}
