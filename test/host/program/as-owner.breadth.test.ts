import { createHash } from 'node:crypto'
import { afterAll, describe, expect, it } from '@jest/globals'
import { programText } from '../../support/host-program/program-text.ts'
import { workerHost } from '../../support/jest/worker-host.ts'

const host = workerHost()
const DIRECTORY = '/opt/of-another'
const STATE = `${DIRECTORY}/.closed-loop`

afterAll(() => host.sh(`rm -rf ${DIRECTORY}; userdel another`))

describe('host.sh, called by root in the project of another account,', () => {
  it('leaves after a rollback nothing there that this account could not read', async () => {
    const sha256 = createHash('sha256').update(programText()).digest('hex')
    await host.sh(`useradd --shell /usr/sbin/nologin another && mkdir -p ${STATE}/bin ${STATE}/transactions/abc123/jobs
cd ${STATE} && printf 'project_dir\\t${DIRECTORY}\\nproject_name\\tx\\n' >transactions/abc123/plan
echo promoted >transactions/abc123/state && echo ${sha256} >transactions/abc123/program
ln -s bin/${sha256}.sh host.sh && chown -R another ${DIRECTORY} && chmod -R go= ${DIRECTORY}`)
    await host.sh(`cat >${STATE}/bin/${sha256}.sh && chown another ${STATE}/bin/${sha256}.sh`, {
      stdin: programText(),
    })

    const { code, stdout, stderr } = await host.run(`sh ${STATE}/host.sh rollback abc123`)

    expect({ code, stderr, stdout }).toMatchObject({ code: 0, stderr: '' })
    expect(stdout).toContain('is promoted')
    expect(await host.sh(`find ${DIRECTORY} ! -user another`)).toBe('')
    expect(await host.sh(`ls ${STATE}/transactions/abc123/jobs`)).toMatch(/^rollback-by-hand-/)
  })

  it('recovers as that account, and puts away the boot trigger of what has its end', async () => {
    await host.sh(`echo none >${STATE}/transactions/abc123/boot-trigger`)
    expect(await host.sh(`sh ${STATE}/host.sh recover`)).toContain('every deployment has its end')
    expect(await host.sh(`ls ${STATE}/transactions/abc123`)).not.toContain('boot-trigger')
    expect(await host.sh(`find ${DIRECTORY} ! -user another`)).toBe('')
  })

  it('ends what an earlier client left when root holds the project, and this account can still read how', async () => {
    await host.sh(`echo prefetched >${STATE}/transactions/abc123/state`)
    await host.sh(`sh ${STATE}/host.sh hold 'by root' && sh ${STATE}/host.sh release`)
    expect(await host.sh(`cat ${STATE}/transactions/abc123/state`)).toBe('unchanged\n')
    expect(await host.sh(`find ${STATE}/transactions ! -user another`)).toBe('')
  })
})
