/** Every output of a deployment: its name and its description. The action files and the documentation are generated from this. */
export const OUTPUTS = {
  outcome:
    'How the deployment ended: `promoted`, `unchanged`, `rolled_back`, `rollback_failed` or `unknown`.',
  reason: 'Why it ended so, as a code of the form `area.what`; empty when promoted.',
  gate: 'The result of the gate: `pass`, `fail`, `inconclusive`, `error` or `not_run`.',
  fault:
    'Who is to blame for a failure: `release`, `environment`, `configuration` or `unknown`; empty when promoted.',
  verdict: 'The `verdict` of `runtime_assess.json` of this run.',
  'overall-status': 'The `overall_status` of `closed_loop_report.json` of this run.',
  'run-id': 'The run of the closed loop that judged this deployment.',
  image: 'The reference of the deployed release.',
  'image-id': 'Its image ID (`sha256:…`), as pulled.',
  'previous-image': 'The reference that the gate service ran before; empty on a first deployment.',
  'previous-image-id': 'Its image ID (`sha256:…`).',
  'rolled-back': '`true` if the host restored what ran before, else `false`.',
  'reports-path': 'The directory on the runner that holds the report files of this run.',
  'artifact-id': 'The ID of the uploaded artifact; empty when none was uploaded.',
  'artifact-url': 'The address of the artifact.',
  checks:
    'What the verification found, as JSON: a list of `{"name", "subject", "need", "result", "evidence", "hint"}`; `need` is `required` or `informational`, `result` is `ok`, `failed` or `not-checked`. Empty if nothing was verified.',
  'duration-seconds': 'How long the deployment took, in whole seconds.',
  'transaction-id': 'The name of this deployment on the host.',
} as const satisfies Record<string, string>

export type OutputName = keyof typeof OUTPUTS

/** The outputs of `actions/verify`. */
export const VERIFY_OUTPUTS = {
  reason: 'Why nothing was verified, as a code of the form `area.what`; else empty.',
  checks: OUTPUTS.checks,
  'duration-seconds': 'How long it took, in whole seconds.',
} as const satisfies Partial<Record<OutputName, string>>

/** The outputs of `actions/check`. */
export const CHECK_OUTPUTS = {
  reason: 'Why nothing was compared, as a code of the form `area.what`; else empty.',
} as const satisfies Partial<Record<OutputName, string>>

/** The outputs of `actions/plan`. */
export const PLAN_OUTPUTS = {
  reason: 'Why there is no plan, or `preflight.refused` where the deployment would be refused; else empty.',
  plan: 'What a deployment would do, as JSON: an object of `refused`, `warnings`, `images`, `services` (with `effect`, `reasons`, `before`, `after`), `files`, `variables`, `returnsTo` and `disk`. Empty without a plan.',
  'duration-seconds': 'How long it took, in whole seconds.',
} as const satisfies Record<string, string>
