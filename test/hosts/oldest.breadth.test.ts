import { describeShortSet } from './short-set.ts'

// The oldest release that Debian supports, with the oldest Docker of all.
describeShortSet({ release: 'bookworm', store: 'docker' })
