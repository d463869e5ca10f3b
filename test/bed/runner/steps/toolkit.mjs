import * as core from '@actions/core'

core.setSecret('秘密 100%\nsecond')
core.setOutput('reason', '多行\nvalue=<<x')
core.saveState('id', 'abc')
core.startGroup('Logs')
core.info('second 条')
core.endGroup()
core.debug('hidden')
core.error('100%\nbad', { title: 'a:b,c' })
await core.summary.addHeading('Outcome').write()
process.exitCode = 1
