import { describeCells } from './cells.ts'
import { halfOf } from './matrix.ts'

describeCells('whatever dies, the host ends right (ci, half 2)', halfOf('ci', 1))
