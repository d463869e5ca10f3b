import { describeCells } from './cells.ts'
import { halfOf } from './matrix.ts'

describeCells('whatever dies, the host ends right (ci, half 1)', halfOf('ci', 0))
