import type { GateReason } from '../../../src/model/gate-decision.ts'
import type { Ending, RollbackException, Warning } from '../../../src/model/outcome.ts'

// Tables, so that a name that is added to a type and not here is a mistake of types.

const ENDINGS: Readonly<Record<Ending['kind'], true>> = {
  promoted: true,
  unchanged: true,
  rolled_back: true,
  rollback_failed: true,
  unknown: true,
}

const EXCEPTIONS: Readonly<Record<RollbackException['kind'], true>> = {
  'file-edited-meanwhile': true,
  'env-not-restored': true,
  'recorded-files-used': true,
  'was-unhealthy-before': true,
  'was-stopped-before': true,
  'reference-overridden': true,
  'image-pulled-again': true,
  'config-edited-meanwhile': true,
  'container-differs': true,
  drift: true,
  'tag-not-restored': true,
  'later-deployment': true,
  'one-off-left': true,
}

const WARNINGS: Readonly<Record<Warning['kind'], true>> = {
  'unknown-variable': true,
  drift: true,
  'gate-not-enforced': true,
  'other-revision': true,
  'actions-required': true,
  'rules-warned': true,
  'artifact-failed': true,
  'artifact-unsupported': true,
  'diagnostics-failed': true,
  'report-absent': true,
  'cleanup-failed': true,
  'not-accepted': true,
  'verify-failed': true,
  recovered: true,
  'no-boot-trigger': true,
  'up-not-tried': true,
  'one-off-left': true,
}

const GATE_REASONS: Readonly<Record<GateReason['kind'], true>> = {
  report: true,
  'report-more': true,
  'report-missing': true,
  'report-stale': true,
  'report-unproven': true,
  'report-unreadable': true,
  'report-invalid': true,
  'report-mismatch': true,
  'run-unproven': true,
  'run-ambiguous': true,
  'runner-exit': true,
  'runner-signal': true,
  'runner-deadline': true,
  'evidence-short': true,
  'boot-ended': true,
  'actions-required': true,
  'verdict-fail': true,
  'rule-unmet': true,
  'rule-unmeasured': true,
}

/** Every name of each kind. */
export const endings = Object.keys(ENDINGS)
export const exceptions = Object.keys(EXCEPTIONS)
export const warnings = Object.keys(WARNINGS)
export const gateReasons = Object.keys(GATE_REASONS)
