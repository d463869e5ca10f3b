import { describe, expect, it } from '@jest/globals'
import { containerFact, findingsWith, READY, type Topics, WANTED } from './builders.ts'

const REQUIRED = { finding: 'required-env-missing', key: 'API_KEY', path: '/srv/.env' }

describe('preflightFindings', () => {
  it('finds nothing on a host that is as it should be', () => {
    expect(findingsWith({})).toEqual([])
    const running = { containers: [containerFact('app'), containerFact('side')] }
    expect(findingsWith(running)).toEqual([])
  })

  it.each<[what: string, changed: Topics, findings: readonly object[]]>([
    [
      'a service that the compose files lack, and not what it would run',
      { services: [READY.services[0]], release: ['edit_refused\twhy'] },
      [{ finding: 'service-missing', service: 'side', known: ['app'] }],
    ],
    [
      'every service where there is none',
      { services: [] },
      WANTED.deploy.map((service) => ({ finding: 'service-missing', service, known: [] })),
    ],
    [
      'an env file that cannot be edited as it must',
      { release: ['edit_refused\tanother variable would change'] },
      [
        {
          ...{ finding: 'env-file-not-editable', path: '/srv/.env' },
          detail: 'another variable would change',
        },
      ],
    ],
    [
      'an image variable that no service uses, and so a gate service that runs another image',
      { release: ['released\tapp\tapp:1', 'released\tside\tside:1'] },
      [
        { finding: 'image-variable-unused', key: 'APP_IMAGE' },
        { finding: 'gate-service-unmanaged', service: 'app' },
      ],
    ],
    [
      'a gate service that runs another image',
      { release: ['released\tapp\tapp:1', 'released\tside\tapp:2'] },
      [{ finding: 'gate-service-unmanaged', service: 'app' }],
    ],
    [
      'no image that is only said to be used',
      { release: [] },
      [
        { finding: 'image-variable-unused', key: 'APP_IMAGE' },
        { finding: 'gate-service-unmanaged', service: 'app' },
      ],
    ],
    ['a required key without a value', { keys: ['set\tAPP_IMAGE'] }, [REQUIRED]],
    [
      'a required key also where the env file cannot be edited, and a service is missing',
      { keys: [], services: [READY.services[0]], release: ['edit_refused\twhy'] },
      [{ finding: 'service-missing', service: 'side', known: ['app'] }, REQUIRED],
    ],
  ])('names %s', (_, changed, findings) => {
    expect(findingsWith(changed)).toEqual(findings)
  })

  it('names what could not be read, and judges nothing behind it', () => {
    const read = {
      ...{ project: [], services: [], keys: [], release: [], looked: [] },
      findings: ['finding\trunner-missing\t/srv/r.sh', 'finding\tcompose-config-invalid\tline 3'],
    }
    expect(findingsWith(read)).toEqual([
      { finding: 'runner-missing', path: '/srv/r.sh' },
      { finding: 'compose-config-invalid', detail: 'line 3' },
    ])
    expect(findingsWith({ ...read, engine: [] })).toHaveLength(2)
  })

  it('names an engine that is too old, and judges nothing that it says', () => {
    const findings = ['finding\trunner-missing\t/srv/r.sh', 'finding\tcompose-config-invalid\tunknown flag']
    const engine = ['docker\t28.0.1', 'compose\t2.19.1']
    expect(findingsWith({ engine, findings, keys: [] })).toEqual([
      { finding: 'runner-missing', path: '/srv/r.sh' },
      { finding: 'compose-too-old', version: '2.19.1', minimum: '2.20' },
    ])
  })
})
