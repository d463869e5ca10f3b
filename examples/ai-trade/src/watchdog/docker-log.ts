/**
 * The text of a Docker log answer: every frame's 8-byte header (stream, three zero bytes, length as
 * big-endian 32 bits) is taken out. A container with a terminal has no frames and comes back as it is.
 */
export function textOfDockerLog(body: Buffer): string {
  const payloads: Buffer[] = []
  let offset = 0
  while (offset + 8 <= body.length) {
    if (!isFrameHeader(body, offset)) return body.toString('utf8')
    const end = offset + 8 + body.readUInt32BE(offset + 4)
    payloads.push(body.subarray(offset + 8, end))
    offset = end
  }
  return Buffer.concat(payloads).toString('utf8')
}

function isFrameHeader(body: Buffer, offset: number): boolean {
  return body.readUInt8(offset) <= 2 && body.readUIntBE(offset + 1, 3) === 0
}
