// The action actions/rollback: main.cjs, asked for another job.
process.argv[2] = 'rollback'
require('./main.cjs')
