/**
 * The end of a remote command. `lost`: unknown, because the link or the channel died first; the command may still run.
 */
export type ExecEnd =
  | { readonly kind: 'exited'; readonly code: number }
  /** `signal` has its prefix: `SIGKILL`. */
  | { readonly kind: 'signalled'; readonly signal: string }
  | { readonly kind: 'lost'; readonly detail: string }

/** One remote command with its three streams. */
export interface SshChannel {
  /**
   * Sends UTF-8 text or bytes to stdin; resolves once that is accepted: bytes once the network took them, so that whoever sends
   * many keeps only a piece in memory, and nothing else on the connection waits long. After the end it drops them.
   */
  write(data: string | Uint8Array): Promise<void>
  /** Ends stdin. */
  finish(): void
  /**
   * Gives the command up: `ended` resolves to `lost` at once. If the command does not end by itself, it is asked to, and killed
   * at last. The server's session is free again once it has ended.
   */
  close(): void
  /**
   * The bytes of stdout as they come, for one reader at a time; ends with the command, and also when the link
   * dies (then `ended` resolves to `lost`). A few MiB left unread make the remote command wait.
   */
  readonly stdout: AsyncIterable<Buffer>
  /** The last 64 KiB of stderr so far, read along with stdout. */
  stderrTail(): string
  /** Resolves once all output has arrived, or the link has died; never rejects. */
  readonly ended: Promise<ExecEnd>
}

/** One authenticated connection to the host, until it is closed or lost; a bastion on the way is part of it. */
export interface SshConnection {
  /**
   * Runs a command through the account's login shell, without a terminal.
   * @throws DeployError `ssh.lost`, or `ssh.shell_unusable` when the server runs no command for this account
   */
  open(command: string): Promise<SshChannel>
  /** Resolves when the link dies; never rejects. After our own {@link close} it never resolves. */
  readonly lost: Promise<{ readonly detail: string }>
  /** Ends the connection and frees its socket; channels still open end as `lost`. */
  close(): Promise<void>
}
