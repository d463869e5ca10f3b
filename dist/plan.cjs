// The action actions/plan: main.cjs, asked for another job.
process.argv[2] = 'plan'
require('./main.cjs')
