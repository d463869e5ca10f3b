import { describeShortSet } from './short-set.ts'

describeShortSet({ release: 'forky', store: 'docker' })
