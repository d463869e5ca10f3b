/**
 * A problem for people: what happened, and what to do next. Plain text, possibly of several lines; one that
 * is indented by two spaces is to be copied as it is. Foreign text inside never has a line end of its own,
 * and is not escaped for Markdown.
 */
export interface Words {
  readonly what: string
  readonly next: string
}
