import type { LightStack } from '../support/light-stack/light-stack.ts'

/** Kills a job of a transaction with everything that it started. Fails where it does not live. */
export async function killJob(
  { host, projectDir }: LightStack,
  transaction: string | undefined,
  job: string,
): Promise<void> {
  await host.sh(`
read -r session _ <'${projectDir}/.closed-loop/transactions/${transaction}/jobs/${job}/pid' || exit 1
killed=
for process in /proc/[0-9]*; do
  read -r stat 2>/dev/null <"$process/stat" || continue
  set -- \${stat##*) }
  if [ "$4" = "$session" ]; then
    kill -KILL "\${process#/proc/}"
    killed=yes
  fi
done
[ -n "$killed" ]`)
}
