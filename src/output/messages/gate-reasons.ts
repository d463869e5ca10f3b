import type { GateReason } from '../../model/gate-decision.ts'
import { describeFlaw, describeLimit } from './gate-rules.ts'
import { HEALTH } from './health.ts'
import { duration } from './quantities.ts'
import { enumerate, quotedName, quotedOutput } from './quote.ts'
import { writeRule } from './rule-text.ts'
import { type SentenceTable, sentenceIn, wordsIn } from './table.ts'

/** Each reason or warning of the gate. */
export const GATE_REASONS: SentenceTable<GateReason> = {
  report: {
    says: ({ text }) => quotedName(text, 500),
    docs: {
      names: 'a sentence of the report itself',
      causes: '',
      cure: '',
    },
  },
  'report-more': {
    says: ({ count }) => `${count} more in the reports.`,
    docs: {
      names: 'the number of further sentences',
      causes: '',
      cure: 'all are in the report files',
    },
  },
  'report-missing': {
    says: ({ file }) => `${quotedName(file)} does not exist for this run.`,
    docs: {
      names: 'the report that this run did not write',
      causes: 'the runner ended before it; the runner writes elsewhere than in `CLOSED_LOOP_OUTPUT_ROOT`',
      cure: 'its output in the log of the step',
    },
  },
  'report-stale': {
    says: ({ file, detail }) =>
      `${quotedName(file)} is not of this run and was not judged: ${quotedOutput(detail)}.`,
    docs: {
      names:
        'the `latest_*` file that is of another run, or the file in the directory of the run that is a link out of it',
      causes:
        'the run did not write it; another run wrote it meanwhile (cron, the scheduler); a runner that links to reports',
      cure: 'put other runs under `with-lock`, or the service into `GATE_DEFER_SERVICES`; a runner has to copy',
    },
  },
  'report-unproven': {
    says: ({ file, detail }) =>
      `${quotedName(file)} is not proven to be of this run and was not judged: ${quotedOutput(detail)}.`,
    docs: {
      names:
        'the new `latest_*` file of an unknown run: the meta file beside it is unreadable, or older than the run (if the run itself is unknown, `run-unproven` or `run-ambiguous` covers all files)',
      causes: 'another run wrote it meanwhile; a runner that writes no `latest_run_meta.json`',
      cure: 'as `report-stale`',
    },
  },
  'report-unreadable': {
    says: ({ file, detail }) => `${quotedName(file)} could not be read: ${quotedOutput(detail)}.`,
    docs: {
      names:
        'the cause: over 8 MiB, or over 16 MiB together with the other reports of the run (the host then reads nothing of it), not UTF-8, no permission, a link out of the directory of the reports, or it changed during two reads',
      causes:
        'a damaged file, a full disk; a container that writes as root with mode 0600; something writes it after the runner has ended',
      cure: 'correct the runner',
    },
  },
  'report-invalid': {
    says: ({ file, detail }) => `${quotedName(file)} is not a valid report: ${quotedOutput(detail)}.`,
    docs: {
      names: 'the mistake, and the place where the JSON breaks',
      causes:
        'no JSON (NaN or Infinity, as Python writes them; a byte order mark; a trailing comma; cut off), a missing field, an unknown verdict, a key that one object has twice',
      cure: 'correct the runner: the [contract](configuration.md#contract-of-the-host)',
    },
  },
  'report-mismatch': {
    says: ({ file, field, got, wanted }) =>
      `${quotedName(file)}: ${quotedName(field)} is "${quotedName(got)}", expected "${quotedName(wanted)}".`,
    docs: {
      names: 'the field that differs: run, stage, action, or one report against another',
      causes:
        'the runner ignores `--stage`; a report of another run lies in the directory; a run that leaves its reports in `latest_*` alone, and a meta file that does not repeat their conclusions (`"nothing"`)',
      cure: 'correct the runner',
    },
  },
  'run-unproven': {
    says: 'The assessment left no new run directory, so no report is proven to be of this run.',
    docs: {
      names: 'that no new run directory appeared',
      causes: 'the runner failed at once; another output root; it writes into an existing directory',
      cure: 'its output in the log',
    },
  },
  'run-ambiguous': {
    says: ({ runIds }) =>
      runIds.length === 1
        ? `A run directory appeared during the assessment, but the runner did not name it as its own: ${enumerate(runIds)}.`
        : `Several run directories appeared during the assessment and the runner named none as its own: ${enumerate(runIds)}.`,
    docs: {
      names: 'one or several new run directories, none proven to be of this run',
      causes:
        'a second runner ran at the same time; the runner prints something after its line `closed loop assess finished: DIRECTORY`, or never names its run; its text has the word `--run-id`, and its directory has another name',
      cure: "as `report-stale`; let `closed loop assess finished: DIRECTORY` be the runner's last line",
    },
  },
  'runner-exit': {
    says: ({ code }) => `The runner ended with exit code ${code}.`,
    docs: {
      names: 'its exit code, without a report that says FAIL',
      causes:
        '2: wrong options or a missing file. 126, 127: cannot be executed, or a tool is missing. 1: a tool failed, often `docker compose run` of the research image.',
      cure: 'run it by hand, as the deploy account',
    },
  },
  'runner-signal': {
    says: ({ signal }) => `Signal ${signal} ended the runner.`,
    docs: {
      names: 'the signal',
      causes: '9: out of memory, mostly',
      cure: 'memory; a smaller window',
    },
  },
  'runner-deadline': {
    says: ({ seconds }) => `The host stopped the runner at its deadline of ${duration(seconds * 1000)}.`,
    docs: {
      names: 'that the host stopped the runner after `assess-timeout`',
      causes: 'a training (`full`), a large log',
      cure: 'raise it',
    },
  },
  'evidence-short': {
    says: ({ got, name, wanted }) =>
      `The new container logged ${got} ${quotedName(name)} lines; the gate needs ${wanted}.`,
    docs: {
      names: 'the kind and number of lines that the new container logged, and the needed number',
      causes:
        'The service logs one status a minute: 10 need 10 minutes, 50 need 50; in a quiet market fewer come. Only lines within `CLOSED_LOOP_SINCE` count, so 50 lines at one a minute never fit into 30m. A misspelt text in `CLOSED_LOOP_EVIDENCE`. No `GATE_CHECK_…` window in that time. S5 without a `SELF_EVOLUTION` line. Log rotation so small that lines are gone before the host counts them. The service logs to a file and not to the output of the container.',
      cure: "raise `CLOSED_LOOP_SINCE`, which `evidence-timeout` follows unless it is given (and the job's `timeout-minutes`); a bigger `max-size`",
    },
  },
  'instance-ended': {
    says: ({ problem }) =>
      `The evidence of the release does not count any more: ${wordsIn(HEALTH, 'code', problem).what}`,
    docs: {
      names:
        'the end of the judged container instance before the confirmation. It was ready, and then crashed or became unhealthy (`fail`); or something else stopped, replaced or removed it, or the cause is unknown (`error`). Its evidence does not count any more, even if the gate had passed',
      causes: 'see `health.lost` above; the summary has its last log lines',
      cure: 'see there',
    },
  },
  'actions-required': {
    says: 'The reports pass, but ask for actions (PASS_WITH_ACTIONS).',
    docs: {
      names: 'PASS_WITH_ACTIONS where PASS is required',
      causes: 'warnings only; `CLOSED_LOOP_STRICT_PASS` is `true`',
      cure: 'do what the report asks for, or set it to `false`',
    },
  },
  'verdict-fail': {
    says: ({ field }) =>
      field === 'verdict'
        ? 'runtime_assess: verdict is FAIL.'
        : 'closed_loop_report: overall_status is FAIL.',
    docs: {
      names: '`verdict` or `overall_status`, which is FAIL',
      causes: 'the sentences of the report name them',
      cure: 'read the reports (artifact)',
    },
  },
  'status-recorded': {
    says: ({ got }) =>
      `closed_loop_report: overall_status is "${quotedName(got)}". It does not decide, because CLOSED_LOOP_GATE_ON is verdict.`,
    docs: {
      names: 'the `overall_status`, which is not PASS and does not decide',
      causes: '`CLOSED_LOOP_GATE_ON` is `verdict`',
      cure: 'read the report (artifact)',
    },
  },
  'rule-unmet': {
    says: ({ rule, got, limit }) =>
      `The rule "${quotedName(writeRule(rule))}" is not met: ${typeof got === 'number' ? got : describeLimit(got)} against ${describeLimit(limit)}.`,
    docs: {
      names:
        'the rule of `gate-rules`, the number or text of the report, and the one that it was compared with',
      causes:
        'the release is worse than the rule allows; or the baseline was unusually good; or a text names another release or run',
      cure: 'correct the release, or [the rule](gate-rules.md)',
    },
  },
  'rule-unmeasured': {
    says: ({ rule, flaw }) =>
      `The rule "${quotedName(writeRule(rule))}" could not be measured: ${describeFlaw(flaw)}.`,
    docs: {
      names: 'the rule, and what the report has in place of the number or text',
      causes:
        'A misspelt path. The runner does not write this number, or writes null: an empty window. A division by zero.',
      cure: 'correct the path; say with `missing:` what a missing number means',
    },
  },
}

/** One reason or warning of the gate as a sentence. */
export function describeGateReason(reason: GateReason): string {
  return sentenceIn(GATE_REASONS, reason)
}
