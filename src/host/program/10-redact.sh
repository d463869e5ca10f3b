# The one redactor: every foreign text that leaves this host passes it.
#
# What it hides: each value of the env files in play (the current one and the snapshot's), raw, unquoted,
# unescaped and JSON-escaped; multi-line values line by line. Not hidden, because the protocol and the
# reports would be damaged and no secret lies in them: image variables and the variables this
# deployment sets, paths below the project directory, short plain values (under 8 characters, or under
# 4 where the key sounds secret) and numbers under 8 digits.

# shellcheck disable=SC2016 # an awk program, not shell
REDACTOR='
function exempt_key(key) {
  return key ~ /_IMAGE$/ || key == "COMPOSE_PROJECT_NAME" || key == "AI_TRADE_PROJECT_DIR" || key == "AI_TRADE_ENV_FILE"
}
function sounds_secret(key) {
  return toupper(key) ~ /SECRET|KEY|TOKEN|PASS|PWD|CRED|AUTH|PRIVATE|SALT|SIGN|WEBHOOK|DSN|COOKIE|SESSION/
}
function hide(key, value,    escaped) {
  if (exempt_key(key)) return
  if (project_dir != "" && index(value, project_dir) == 1) return
  if (length(value) < (sounds_secret(key) ? 4 : 8)) return
  if (value ~ /^[-+]?[0-9.]+$/ && length(value) < 8) return
  if (value == "true" || value == "false") return
  remember(value)
  escaped = json(value)
  if (escaped != value) remember(escaped)
}
function remember(value,    at) {
  if (value in known) return
  known[value] = 1
  for (at = count; at > 0 && length(needle[at]) < length(value); at--) needle[at + 1] = needle[at]
  needle[at + 1] = value
  count++
}
# Not with gsub: awks differ in what a backslash in a replacement means.
function json(value,    i, c, result) {
  for (i = 1; i <= length(value); i++) {
    c = substr(value, i, 1)
    result = result (c == "\\" || c == "\"" ? "\\" c : c == "\t" ? "\\t" : c)
  }
  return result
}
# unescape : a value as Compose reads it: what a backslash means depends on the quotes; `$$` is one dollar.
function unescape(value, quote,    i, c, result) {
  for (i = 1; i <= length(value); i++) {
    c = substr(value, i, 1)
    if (c == "$" && quote != "\047" && substr(value, i + 1, 1) == "$") i++
    else if (c == "\\" && quote == "\047" && substr(value, i + 1, 1) == quote) {
      c = quote
      i++
    } else if (c == "\\" && quote == "\"") {
      c = substr(value, ++i, 1)
      if (c == "n") c = "\n"
      else if (c == "t") c = "\t"
      else if (c == "r") c = "\r"
      else if (c !~ /["$\\]/) c = "\\" c
    }
    result = result c
  }
  return result
}
# A value with `$` in it: Compose names what follows it in a warning (The "x" variable is not set).
function hide_forms(key, value, quote,    plain, parts, n, i) {
  hide(key, value)
  if (index(value, "$") > 0) {
    n = split(value, parts, /[${}]+/)
    for (i = 1; i <= n; i++) hide(key, parts[i])
  }
  plain = unescape(value, quote)
  if (plain != value) {
    n = split(plain, parts, "\n")
    for (i = 1; i <= n; i++) hide(key, parts[i])
  }
}
function learn(line,    key, value, quote, at) {
  sub(/\r$/, "", line)
  if (open_quote != "") {
    at = closing(line, open_quote)
    hide_forms(open_key, at > 0 ? substr(line, 1, at - 1) : line, open_quote)
    if (at == 0) return
    open_quote = ""
    learn(substr(line, at + 1))
    return
  }
  if (line ~ /^[ \t]*(#|$)/) return
  if (!match(line, /[=:]/)) return
  key = substr(line, 1, RSTART - 1)
  value = substr(line, RSTART + 1)
  sub(/^[ \t]*(export[ \t]+)?/, "", key)
  gsub(/[ \t]/, "", key)
  sub(/^[ \t]+/, "", value)
  sub(/[ \t]+$/, "", value)
  quote = substr(value, 1, 1)
  if (quote == "\"" || quote == "\047") {
    value = substr(value, 2)
    at = closing(value, quote)
    if (at == 0) {
      open_quote = quote
      open_key = key
      hide_forms(key, value, quote)
      return
    }
    hide_forms(key, substr(value, 1, at - 1), quote)
    # What follows a quoted value is the next statement.
    learn(substr(value, at + 1))
    return
  }
  hide_forms(key, value, "")
  sub(/[ \t]* #.*$/, "", value)
  hide_forms(key, value, "")
}
function closing(value, quote,    i, c) {
  for (i = 1; i <= length(value); i++) {
    c = substr(value, i, 1)
    if (c == "\\") i++
    else if (c == quote) return i
  }
  return 0
}
function covered(line,    i, at, result, rest) {
  for (i = 1; i <= count; i++) {
    if (index(line, needle[i]) == 0) continue
    result = ""
    rest = line
    while ((at = index(rest, needle[i])) > 0) {
      result = result substr(rest, 1, at - 1) "***"
      rest = substr(rest, at + length(needle[i]))
    }
    line = result rest
  }
  return line
}
BEGIN {
  project_dir = ENVIRON["PROJECT_DIR"]
  files = split(ENVIRON["ENV_PATHS"], env_file, "\n")
  for (f = 1; f <= files; f++) {
    if (env_file[f] == "") continue
    open_quote = ""
    first = 1
    while ((getline line < env_file[f]) > 0) {
      # A byte order mark is no part of what follows it, which may be a comment.
      if (first) sub(/^\357\273\277/, "", line)
      first = 0
      learn(line)
    }
    close(env_file[f])
  }
}
{ print prefix covered($0); fflush() }
'

# redact PREFIX : stdin to stdout, each line with PREFIX. ENV_PATHS holds the env files to learn from,
# one a line; they go through the environment because `-v` would read backslashes in them as escapes.
redact() {
  tr -d '\000' | ENV_PATHS=${ENV_PATHS-} PROJECT_DIR=${PROJECT_DIR-} awk -v prefix="${1-}" "$REDACTOR"
}
