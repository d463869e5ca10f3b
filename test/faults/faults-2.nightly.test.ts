import { describeCells } from './cells.ts'
import { halfOf } from './matrix.ts'

describeCells('whatever dies, the host ends right (all, half 2)', halfOf('all', 1))
