import { describeShortSet } from './short-set.ts'

describeShortSet({ release: 'trixie', store: 'containerd' })
