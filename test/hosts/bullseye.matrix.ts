import { describeShortSet } from './short-set.ts'

describeShortSet({ release: 'bullseye', store: 'docker' })
