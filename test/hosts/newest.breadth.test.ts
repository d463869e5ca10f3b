import { runs } from '../support/jest/tiers.ts'
import { SCENARIOS } from './record.ts'
import { describeShortSet } from './short-set.ts'

// The newest of everything. CI runs what depends on how images are stored; `moved tag` has a good release and one that is rolled back.
describeShortSet(
  { release: 'forky', store: 'containerd' },
  runs('all') ? SCENARIOS : ['moved tag', 'pruned images', 'image without labels'],
)
