export {
  type Deployment,
  type DeployRun,
  deployRelease,
  planRelease,
  postOf,
  returnToRelease,
  verifyHost,
} from './deploy.ts'
export { type ContainerFacts, type FileFacts, type HostState, hostState } from './host-state.ts'
export { entering, type LogMoment, saying } from './moments.ts'
export { expectNoSecret } from './no-secret.ts'
export { prepareScenarios, type ScenarioReleases } from './prepare.ts'
export {
  assessByHand,
  bringUp,
  type LaidOutOptions,
  laidOut,
  logInToRegistry,
  pullImages,
  resetHost,
  standing,
} from './project-state.ts'
export { expectPromoted } from './promoted.ts'
export { ALL_REPORTS, expectReportsOfRun, type ReportName, runsOnHost } from './reports.ts'
export { expectNothingOfOursLeft, expectSameAsBefore, expectUntouched } from './same-as-before.ts'
export { type Claim, expectTruthful, readable } from './truthful.ts'
export { expectRolledBack, expectUpgraded, type Upgrade, upgrade, upgradeGood } from './upgrade.ts'
