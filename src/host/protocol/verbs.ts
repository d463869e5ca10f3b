/** What can be asked for over the channel, and nothing else: the function `verb_<name>` of the host program. */
export const VERBS = {
  preflight: 'Reads what a deployment needs of the host, and writes only in `.closed-loop`.',
  ask_docker: 'Says what docker, or Compose of the project, answers to a call that changes nothing.',
  compare_files: 'Says what of the files of a release the host lacks, and what they would change.',
  stage_files: 'Unpacks the files of a release beside the project, and proves that they are whole.',
  take_files: 'Takes the files of an earlier release, as they lie in its transaction.',
  discard_files: 'Removes the files of a release that no transaction took.',
  probe_start: 'Starts a process to see whether what a login leaves running lives on.',
  probe_check: 'Says whether that process lives.',
  acquire: 'Takes the lock of the project, or says who has it.',
  release: 'Gives back a lock under which no transaction was begun.',
  begin: 'Begins a transaction under the lock, with its plan.',
  state: 'Says where a transaction stands.',
  snapshot: 'Records what runs and the files of the project.',
  space: 'Says what is free on the disks, and which images are there.',
  manifest: 'Asks a registry how large an image is.',
  start_job: 'Starts a job of the transaction, detached from the connection.',
  stop_job: 'Ends a job.',
  follow: 'Says what jobs print from where the client is, and renews the lease.',
  log_tail: 'The last lines of the log of a container.',
  ended_by: 'Tells the starts and ends of a container, by the events of Docker.',
  diagnostics: 'Delivers states, logs and events of a transaction that has ended.',
  assessed: 'Tells the new run directories, and what ties them to an assessment.',
  reports: 'Delivers the reports of a run.',
  baseline: 'Delivers the reports of the last promoted release.',
  abandon: 'Ends a transaction that is before its boundary.',
  old_images: 'Tells the images of earlier releases.',
  remove_images: 'Removes images of earlier releases that nothing uses.',
  installed: 'Says whether this very program is installed on the host.',
  install: 'Installs the program.',
  verify: 'Reads what runs, for a verification.',
  releases: 'Names the releases that were promoted, and their images.',
} as const satisfies Readonly<Record<string, string>>

export type VerbName = keyof typeof VERBS

/** The jobs that `start_job` knows: the function `job_<name>`, and the state in which a transaction must be. */
export const JOBS = {
  hold_lock_file: { state: 'begun', says: "Holds the lock file of the host's own loop." },
  prefetch: { state: 'snapshotted', says: 'Pulls every image that will be needed.' },
  trial: { state: 'prefetched', says: 'Runs `preflight-command` in the new image, beside what serves.' },
  apply: { state: 'prefetched', says: 'Crosses the boundary: puts the release into service.' },
  watch: { state: 'applied', says: 'Says what becomes of the containers, from the events of Docker.' },
  evidence: { state: 'applied', says: 'Counts what the gate service logs.' },
  assess: { state: 'applied', says: 'Calls the closed loop runner.' },
  confirm: { state: 'applied', says: 'Verifies the release once more, and promotes it.' },
  rollback: { state: 'any', says: 'Restores what ran before.' },
  recover: { state: 'any', says: 'Brings an earlier transaction to its end.' },
} as const satisfies Readonly<Record<string, { readonly state: string; readonly says: string }>>

export type JobKind = keyof typeof JOBS
