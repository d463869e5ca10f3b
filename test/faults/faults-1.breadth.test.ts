import { describeCells } from './cells.ts'
import { broadHalf } from './matrix.ts'

describeCells('whatever dies, the host ends right (further cells, half 1)', broadHalf(0))
