// The action actions/rollback: post.cjs, asked for another job.
process.argv[2] = 'rollback'
require('./post.cjs')
