// The action actions/verify: main.cjs, asked for another job.
process.argv[2] = 'verify'
require('./main.cjs')
