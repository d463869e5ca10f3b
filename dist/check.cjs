// The action actions/check: main.cjs, asked for another job.
process.argv[2] = 'check'
require('./main.cjs')
