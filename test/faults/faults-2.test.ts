import { describeCells } from './cells.ts'
import { halfOf } from './matrix.ts'

describeCells('whatever dies, the host ends right (half 2)', halfOf('short', 1))
