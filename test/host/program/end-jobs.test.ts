import { afterAll, describe, expect, it } from '@jest/globals'
import { programBench, SHELLS } from './shells.ts'

const bench = programBench()
afterAll(() => bench[Symbol.dispose]())

describe.each(SHELLS)('ending jobs, under %s,', (shell) => {
  it('spares a process that has the number of a job from before a restart of the host', () => {
    const { stdout } = bench.run(
      shell,
      `mkdir -p jobs/old jobs/now; setsid sleep 60 & old=$!; setsid sleep 60 & now=$!
pause
read_start "$old"; echo "$old \${START_TIME%@*}@another" >jobs/old/pid
read_start "$now"; echo "$now $START_TIME" >jobs/now/pid
end_jobs 10 jobs/old jobs/now
kill -0 "$old" && echo lives; read_start "$now"; echo "now: $START_TIME"; cat jobs/old/exit jobs/now/exit; kill "$old"`,
    )
    expect(stdout.split('\n').slice(0, -1)).toEqual(['lives', 'now: ', '143', '143'])
  })

  it('the guard waits for a confirmation, and rolls back what hangs in it', () => {
    const { stdout } = bench.run(
      shell,
      `TX_DIR=$PWD guard_state=confirming guard_job='' guard_ticks=9 guard_next=0 guard_number=0 guard_lease=5 guard_confirm_left=1
ending_at_work() { return 1; }
job_of_kind() { [ "$1" = confirm ]; }
journal() { :; }
launch() { echo "$1 $2"; }
guard_ends; echo waited; guard_ends`,
    )
    expect(stdout.split('\n').slice(0, -1)).toEqual(['waited', 'guard-1 rollback'])
  })
})
