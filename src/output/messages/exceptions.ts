import type { ContainerPart, OneOffLeft, RollbackException } from '../../model/outcome.ts'
import { shortImageId } from './quantities.ts'
import { enumerate, quotedName } from './quote.ts'
import { type SentenceTable, sentenceIn } from './table.ts'

/** Each exception to "exactly what ran before". */
export const EXCEPTIONS: SentenceTable<RollbackException> = {
  'file-edited-meanwhile': {
    says: ({ path, movedTo }) =>
      movedTo !== undefined
        ? `Somebody else edited ${quotedName(path)} during the deployment. The rollback restored what was there before, and moved the edited one to ${quotedName(movedTo)}.`
        : `Somebody else edited ${quotedName(path)} during the deployment, or changed its mode or owner. The rollback restored only the variables that this deployment had set in an env file, and left any other file as it is.`,
    docs: {
      names: 'somebody edited this file during the deployment, or changed its mode or owner',
      causes: 'a person, configuration management',
      cure: 'The rollback kept the edit; in the env file it restored only the variables that this deployment had set. Check that you want the edit; the services run with it. What `files` had put there it moved into the directory of the transaction, and restored what was there before.',
    },
  },
  'env-not-restored': {
    says: ({ path }) =>
      `Somebody edited ${quotedName(path)} during the deployment so that Compose cannot read it any more. The rollback did not touch it, so it may still name the release that was rolled back: restore the variables that this deployment had set by hand before anybody runs docker compose again.`,
    docs: {
      names:
        'Compose cannot read the env file as somebody edited it during the deployment. The rollback left it so: it may still name the release that was rolled back',
      causes: 'an unclosed quote, a line that is no assignment',
      cure: 'restore the variables that the deployment had set (`snapshot/env` of the transaction has the earlier file) before anybody runs `docker compose` again',
    },
  },
  'recorded-files-used': {
    says: 'Compose cannot read the files of the project any more, as somebody left them during the deployment. What ran before was brought back with what was recorded of them; the files themselves are left as they are. Correct them before anybody runs docker compose again. Until the services are brought up once with the corrected files, the next deployment may call them drifted.',
    docs: {
      names:
        'Compose cannot read the files of the project any more, so the host restored what ran before from its recorded files',
      causes:
        'somebody edited or removed a compose file, an env file, or a file that these name, during the deployment',
      cure: 'correct the files (the rollback left them as they are; `snapshot/` of the transaction has the earlier ones) before anybody runs `docker compose` again. Until then the next deployment may find drift',
    },
  },
  'was-unhealthy-before': {
    says: ({ service, state }) =>
      `${quotedName(service)} was "${quotedName(state)}" before, so its health was not demanded.`,
    docs: {
      names: 'the service was unhealthy, starting or restarting in the snapshot',
      causes: 'an old fault',
      cure: 'the rollback did not demand its health; look after it',
    },
  },
  'was-stopped-before': {
    says: ({ service, state }) => `${quotedName(service)} was "${quotedName(state)}" before and was left so.`,
    docs: {
      names: 'the service did not run in the snapshot',
      causes: 'stopped by hand; a one-shot',
      cure: 'the rollback left it so',
    },
  },
  'reference-overridden': {
    says: ({ service, imageId, reference }) =>
      `${quotedName(service)} runs its earlier image by ID (${shortImageId(imageId)}): ${quotedName(reference)} no longer leads to it.`,
    docs: {
      names: 'it runs its earlier image by ID, because the reference no longer leads to it',
      causes: 'the tag was moved or removed; the compose file was changed',
      cure: 'the image name in `docker ps` is an ID; the next deployment corrects it',
    },
  },
  'image-pulled-again': {
    says: ({ reference, source }) =>
      `The image of ${quotedName(reference)} had been removed from the host meanwhile; the host pulled it again as ${quotedName(source)}.`,
    docs: {
      names: 'somebody had removed even the held image; the host pulled it again by its digest',
      causes: '`docker system prune -a` during the deployment',
      cure: 'keep prune jobs off with `with-lock`',
    },
  },
  drift: {
    says: ({ service }) =>
      `${quotedName(service)} did not match the files before, so the rollback restored it by the files.`,
    docs: {
      names:
        'the service did not match the files; the rollback restored it by the files, in its earlier image',
      causes: 'see the finding',
      cure: 'check its environment and mounts',
    },
  },
  'config-edited-meanwhile': {
    says: ({ service, parts }) =>
      `During the deployment somebody edited a file from which Compose makes ${quotedName(service)} (one that the compose file includes or extends, or an env file). It runs its earlier image with the present files, with ${others(parts)} than before. If you do not want that, correct the files and start it with docker compose.`,
    docs: {
      names:
        'somebody changed during the deployment what Compose makes this service of: a file that the compose file includes or extends, its `env_file`, or an edited file named above. It runs its earlier image with the present files; the message names the changed parts',
      causes: 'a person, configuration management',
      cure: 'if you do not want that, correct the files and `docker compose up -d`',
    },
  },
  'container-differs': {
    says: ({ service, parts }) =>
      `${quotedName(service)} came back with ${others(parts)} than before, although its files are the same: somebody had changed the earlier container by hand ("docker update", "docker network connect"), or another version or configuration of Docker or Compose had made it. If you want that again, set it again.`,
    docs: {
      names:
        'the service has a new container with other limits, labels, networks, log settings … than before, although its files are the same',
      causes:
        'somebody changed the earlier one by hand (`docker update`, `docker network connect`), or another version, or other defaults, of Docker or Compose made it',
      cure: 'set it again, or write it into the files',
    },
  },
  'later-deployment': {
    says: ({ transaction }) =>
      `A later deployment, ${quotedName(transaction)}, has worked on the project since: it decides what runs now.`,
    docs: {
      names: 'another deployment has worked on the project since; its ID',
      causes: 'this step slept, or was cut off, for longer than its lease',
      cure: 'look at that deployment: it decides what runs',
    },
  },
  'one-off-left': {
    says: describeOneOff,
    docs: {
      names:
        'the host left a one-off container (`docker compose run`) alone that began during the deployment; its name and state',
      causes:
        'somebody else started it, or the runner calls docker by its path or with its own `PATH`, so that its containers carry no mark of the deployment',
      cure: 'remove it by hand if nobody needs it',
    },
  },
  'tag-not-restored': {
    says: ({ reference }) => `The rollback could not restore the local tag ${quotedName(reference)}.`,
    docs: {
      names: 'the rollback could not restore a local tag',
      causes: 'Docker refused it',
      cure: '`docker tag` by hand, if an `up` of yours needs it',
    },
  },
}

/** An exception as a sentence, with what to do about it where something can be done. */
export function describeException(exception: RollbackException): string {
  return sentenceIn(EXCEPTIONS, exception)
}

export function describeOneOff({ container, state }: OneOffLeft): string {
  return `The one-off container ${quotedName(container)} (${quotedName(state)}) began during the deployment without its mark ("docker compose run" by somebody else, or by a runner that calls docker by its path). The host left it alone. Remove it by hand if nobody needs it.`
}

const PART_WORDS: Readonly<Record<ContainerPart, string>> = {
  command: 'command or user',
  environment: 'environment',
  healthcheck: 'healthcheck',
  labels: 'labels',
  limits: 'limits (memory, processors and the like)',
  logging: 'log settings',
  mounts: 'mounts',
  network: 'networks, names or ports',
  others: 'settings',
  privileges: 'privileges or kernel settings',
}

function others(parts: readonly ContainerPart[]): string {
  return `other ${enumerate(parts.map((part) => PART_WORDS[part]))}`
}
