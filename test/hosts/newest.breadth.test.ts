import { describeShortSet } from './short-set.ts'

// The newest of everything.
describeShortSet({ release: 'forky', store: 'containerd' })
