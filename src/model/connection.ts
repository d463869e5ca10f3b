/**
 * How a remote command ended. `lost`: it is not known how, because the link or the channel died first; the
 * command may still run.
 */
export type ExecEnd =
  | { readonly kind: 'exited'; readonly code: number }
  /** `signal` has its prefix: `SIGKILL`. */
  | { readonly kind: 'signalled'; readonly signal: string }
  | { readonly kind: 'lost'; readonly detail: string }

/** One remote command with its three streams. */
export interface SshChannel {
  /** Sends UTF-8 text to stdin; resolves when it is accepted, or at once (text dropped) after the end. */
  write(data: string): Promise<void>
  /** Ends stdin. */
  finish(): void
  /**
   * Gives the command up: `ended` says `lost` at once. It may end by itself; one that does not is told to, and is killed at
   * last. Its session of the server is free again when it has ended.
   */
  close(): void
  /**
   * The bytes of stdout as they come, for one reader at a time; ends with the command, and also when the link
   * dies (then `ended` says `lost`). A few MiB left unread make the remote command wait.
   */
  readonly stdout: AsyncIterable<Buffer>
  /** The last 64 KiB of stderr so far. It is read along with stdout, so nobody has to ask for it. */
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
  /** Resolves when the link dies; never rejects, and stays open for ever after our own {@link close}. */
  readonly lost: Promise<{ readonly detail: string }>
  /** Ends the connection and frees its socket; channels still open end as `lost`. */
  close(): Promise<void>
}
