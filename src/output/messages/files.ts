import type { FilesProblem } from '../../model/problem.ts'
import { duration, size } from './quantities.ts'
import { quotedOutput } from './quote.ts'
import type { ProblemTable } from './table.ts'

/** The files of the release, on their way to the host. What is in use there was not touched. */
export const FILES: ProblemTable<FilesProblem, 'code'> = {
  'files.not_packed': {
    what: ({ detail }) =>
      `The runner could not pack the files of the input "files": ${quotedOutput(detail)}.`,
    next: 'Check that the runner has "tar" and room in its temporary directory, and that no earlier step is still at work on these files.',
    fault: 'environment',
    docs: {
      names: "the output of the runner's `tar`, or of its file system",
      causes:
        'a runner without `tar` (a container of your own); its temporary directory is full; a file was removed after it had been read',
      cure: 'install `tar`; free space in `RUNNER_TEMP`; deploy again',
    },
  },
  'files.not_sent': {
    what: ({ sent, bytes, detail }) =>
      `The files of the release did not reach the host: ${size(sent)} of ${size(bytes)} went out. ${quotedOutput(detail)}.`,
    next: 'Deploy again. If it happens again, check the network to the host and the free space of its project directory.',
    fault: 'environment',
    docs: {
      names: 'how much went out, and the output of the host or of the connection',
      causes: 'the connection was lost; the disk of the project directory is full',
      cure: 'deploy again; free space on the host',
    },
  },
  'files.refused': {
    what: ({ detail }) => `The host does not take the files of the release: ${quotedOutput(detail)}.`,
    next: 'Cure the cause named here, or correct the input "files".',
    fault: 'configuration',
    docs: {
      names: 'why the host does not take the files',
      causes:
        'a target is a mount point, or lies on another disk than the project directory; a directory on the way to it is a link that leads out of the project; what arrived differs from what the runner had read',
      cure: 'choose another target, or a `project-dir` on one disk',
    },
  },
  'files.timeout': {
    what: ({ seconds }) =>
      `The files of the release were not on the host within ${duration(seconds * 1000)}.`,
    next: 'Check the network to the host, or leave large files out of the input "files": an image is the place for them.',
    fault: 'environment',
    docs: {
      names: 'that sending, unpacking and checking the files took too long',
      causes: 'a slow network; large files; a slow disk',
      cure: 'leave large files out; put them into an image',
    },
  },
}
