import { describeCells } from './cells.ts'
import { cellsOf } from './matrix.ts'

describeCells('whatever dies, the host ends right', cellsOf('short'))
