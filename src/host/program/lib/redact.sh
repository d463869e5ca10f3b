# How Compose reads an env file: what every awk program here that reads one begins with.
# shellcheck disable=SC2016 # an awk program, not shell
ENV_SYNTAX='
# closing : where in TEXT the quote is that ends a value.
function closing(text, quote,    i, c) {
  for (i = 1; i <= length(text); i++) {
    c = substr(text, i, 1)
    if (c == "\\") i++
    else if (c == quote) return i
  }
  return 0
}
'

# The one redactor: every foreign text that leaves this host passes it.
#
# It hides each value of the env files in play (the current one and the snapshot's) as written, unquoted, unescaped and
# interpolated, with the escapes of JSON, YAML or an address, and in base64, also inside a longer one; values of several
# lines line by line; lines that are no assignment, and their words; what Compose quotes of a file that it cannot read.
#
# It leaves image variables and what this deployment sets to the very value (unless the key sounds secret), paths below the project directory, and short plain values: no
# secret lies in them, and the protocol and the reports would be damaged. The path of the project stays, and in a report
# the words that are judged (phases/assess.sh), even if a value is the same.
#
# It looks at all lines at once, because most hold nothing, and an awk takes its time over each.

# shellcheck disable=SC2016 # an awk program, not shell
REDACTOR=$ENV_SYNTAX'
# trimmed : without the white space that Compose takes away: before a value all of Latin-1, behind it all of Unicode.
function trimmed(text) {
  sub(/^([ \t\013\014\r]|\302[\205\240])+/, "", text)
  sub(/([ \t\013\014\r]|\302[\205\240]|\341\232\200|\342\200[\200-\212\250\251\257]|\342\201\237|\343\200\200)+$/, "", text)
  return text
}
function exempt_key(key) {
  return key ~ /_IMAGE$/ || key == "COMPOSE_PROJECT_NAME" || key == "AI_TRADE_PROJECT_DIR" || key == "AI_TRADE_ENV_FILE"
}
# sounds_secret : by whole words of the key, so that SIGNAL_MODE, DESIGN or KEYBOARD do not take words from every text;
# by the end of a word where several are written as one.
function sounds_secret(key) {
  while (match(key, /[a-z0-9][A-Z]/)) key = substr(key, 1, RSTART) "_" substr(key, RSTART + 1)
  key = "_" toupper(key) "_"
  gsub(/[^A-Z0-9]+/, "_", key)
  return key ~ /_(KEY|PASS|PWD|CRED|O?AUTH|AUTH(ENTICA|ORIZA)TION|PRIVATE|SALT|SIGN(ATURE|ING)?|DSN|SESSION(ID)?)S?[0-9]*_/ ||
    key ~ /(SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|PASSCODE|CREDENTIAL|WEBHOOK|COOKIE)S?[0-9]*_/ ||
    key ~ /(API|ACCESS|SECRET|PRIVATE|AUTH|SIGN(ING|ATURE)?|SESSION|MASTER|CRYPT(ION)?|HMAC|JWT|SSH|SSL|TLS|PASS)KEYS?[0-9]*_/ ||
    key ~ /(DB|PG|SQL|REDIS|SMTP|MAIL|USER|ROOT|ADMIN|KEY)(PASS|PWD)[0-9]*_/
}
function hide(key, value) {
  if (value in known || length(value) < 4 || exempt_key(key) || (key "\t" value) in set_here && !sounds_secret(key)) return
  if (project_dir != "" && index(value, project_dir) == 1) return
  if (length(value) < 8 && (!sounds_secret(key) || value ~ /^([-+]?[0-9.]+|true|false|null)$/)) return
  # What JSON is made of, which a value of several lines may be, is in every report.
  if (value ~ /^[][{}:,\"\\ \t]*$/) return
  known[value] = 1
  insert(value, length(value))
  hide(key, visible(value))
}
# insert : the longest first, because a shorter one may be a part of it; of a value all its forms before the plain one, because
# two of them may overlap in a text.
function insert(text, size,    at) {
  for (at = ++count; at > 1 && size_of[needle[at - 1]] <= size; at--) needle[at] = needle[at - 1]
  needle[at] = text
  size_of[text] = size
}
# know_base64 : of each value its own, and the digits that stand for nothing but it at each of the three places in a group.
function know_base64(    value, text, rest) {
  base64_known = 1
  for (value in known) {
    rest = length(value) % 3
    text = base64(value, 0)
    insert_base64(text)
    if (length(value) < 8) continue
    if (rest) insert_base64(substr(text, 1, length(text) - 1))
    insert_base64(base64(value, 1))
    insert_base64(base64(value, 2))
  }
}
function insert_base64(text) {
  insert(text, length(text))
  if (gsub(/[+]/, "-", text) + gsub(/\//, "_", text)) insert(text, length(text))
}
# base64 : of VALUE behind so many other bytes, without the digits that are of these, too; where there are none, to its end.
function base64(value, before,    i, held, bits, result) {
  bits = before * 8
  for (i = 1; i <= length(value); i++) {
    held = held * 256 + byte[substr(value, i, 1)]
    for (bits += 8; bits >= 6; held %= power[bits]) {
      bits -= 6
      result = result substr(DIGITS, int(held / power[bits]) + 1, 1)
    }
  }
  if (!before) return bits ? result substr(DIGITS, held * power[6 - bits] + 1, 1) : result
  return substr(result, before + 2)
}
# know_escapes : each value that somebody may write with escapes as a pattern of all its ways; and its longest plain part,
# without which a text has none of them.
function know_escapes(    value, text, parts, n, i) {
  escapes_known = 1
  for (value in known) {
    if (value !~ /[^A-Za-z0-9]/) continue
    text = pattern_of(value)
    insert(text, length(value))
    width[text] = 4 * length(text)
    meant[text] = value
    n = split(value, parts, /[^A-Za-z0-9]+/)
    part[text] = ""
    for (i = 1; i <= n; i++) if (length(parts[i]) > length(part[text])) part[text] = parts[i]
  }
}
function pattern_of(value,    i, j, n, c, code, next_byte, percent, result) {
  for (i = 1; i <= length(value); i += n) {
    code = byte[substr(value, i, 1)]
    n = code < 192 ? 1 : code < 224 ? 2 : code < 240 ? 3 : 4
    c = substr(value, i, n)
    if (c ~ /^[A-Za-z0-9]$/) {
      result = result c
      continue
    }
    percent = "%" hex("%02", code)
    if (n > 1) code %= power[7 - n]
    for (j = 2; j <= n; j++) {
      next_byte = byte[substr(c, j, 1)]
      percent = percent "%" hex("%02", next_byte)
      code = code * 64 + next_byte % 64
    }
    result = result "(" (n > 1 ? c : "\\\\*" (c ~ /[]^[\\]/ ? "\\" c : "[" c "]")) "|" percent "|" unicode_escape(code)
    if (code > 6 && code < 14) result = result "|\\\\+" substr(LETTERS, code - 6, 1)
    result = result (c == "\047" ? "|\047\047)" : ")")
  }
  return result
}
function unicode_escape(code) {
  if (code > 65535) return unicode_escape(55296 + int((code - 65536) / 1024)) unicode_escape(56320 + code % 1024)
  return "\\\\+u" hex("%04", code)
}
function hex(format, code) {
  code = sprintf(format "x", code)
  return code ~ /[a-f]/ ? "(" code "|" toupper(code) ")" : code
}
# visible : TEXT without what the client takes away before it shows it (src/output/clean-text.ts): terminal escapes,
# controls, characters that are not seen. Left in, they would run through a value here, and its parts would be joined there.
function visible(text,    seen) {
  if (text ~ /[\001-\010\013\014\016-\037\177]|\302\233/) {
    text = replaced(text, TERMINAL, "", 250)
    text = replaced(text, "[\001-\010\013\014\016-\037\177]", "", 1)
  }
  seen = replaced(text, UNSEEN, "", 3)
  # Where such a character is made of two halves only now, it must neither stay nor join two others.
  return seen == text ? text : replaced(seen, UNSEEN, "?", 3)
}
# unescaped : a value as Compose reads it: what a backslash means depends on the quotes. A dollar that stands for itself
# becomes a byte that no text here has.
function unescaped(value, quote,    i, c, next_c, result) {
  for (i = 1; i <= length(value); i++) {
    c = substr(value, i, 1)
    next_c = substr(value, i + 1, 1)
    if (c == "$" && (quote == "\047" || next_c == "$")) {
      c = "\376"
      if (quote != "\047") i++
    } else if (c == "\\" && quote != "" && next_c != "" && index(quote == "\047" ? quote : LETTERS "\"$\\", next_c)) {
      c = next_c == "$" ? "\376" : next_c
      if (quote == "\"" && index(LETTERS, next_c)) c = sprintf("%c", 6 + index(LETTERS, next_c))
      i++
    }
    result = result c
  }
  return result
}
# interpolated : what Compose makes of a value by the values before it, what is in the innermost braces first.
function interpolated(text,    name, before, after, operand, value) {
  while (match(text, /[$]([A-Za-z_][A-Za-z0-9_]*|[{][A-Za-z_][A-Za-z0-9_]*(:?[-+?][^${}]*)?[}])/)) {
    before = substr(text, 1, RSTART - 1)
    after = substr(text, RSTART + RLENGTH)
    operand = substr(text, RSTART + 1, RLENGTH - 1)
    gsub(/[{}]/, "", operand)
    match(operand, /^[A-Za-z0-9_]+/)
    name = substr(operand, 1, RLENGTH)
    operand = substr(operand, RLENGTH + 1)
    value = name in value_of ? value_of[name] : (name in ENVIRON ? ENVIRON[name] : "")
    gsub(/[$]/, "\376", value)
    if (sub(/^:?-/, "", operand) && value == "" || sub(/^:?[+]/, "", operand) && value != "") value = operand
    text = before value after
  }
  return dollars(text)
}
function dollars(text) {
  gsub(/\376/, "$", text)
  return text
}
function hide_lines(key, text,    parts, n, i) {
  n = split(text, parts, "\n")
  for (i = 1; i <= n; i++) {
    hide_plain(key, parts[i])
    # An editor, or YAML, puts it at another depth.
    if (n > 1) hide_plain(key, trimmed(parts[i]))
  }
}
# Compose prints a dollar twice.
function hide_plain(key, text) {
  hide(key, text)
  if (gsub(/[$]/, "$$", text)) hide(key, text)
}
function hide_forms(key, value, quote,    name, parts, n, i) {
  assigned[key] = 1
  hide_lines(key, value)
  value = unescaped(value, quote)
  hide_lines(key, dollars(value))
  value_of[key] = interpolated(value)
  hide_lines(key, value_of[key])
  # Of a value with `$` in it each piece, which Compose may quote.
  n = split(value, parts, /[${}]+/)
  for (i = 1; n > 1 && i <= n; i++) {
    if (i > 1 && match(parts[i], /^[A-Za-z_][A-Za-z0-9_]*/)) {
      name = substr(parts[i], 1, RLENGTH)
      parts[i] = substr(parts[i], RLENGTH + 1)
      # What it requires is told, so that somebody sets it.
      if (parts[i] !~ /^:?[?]/ || name !~ VARIABLE) named[name] = key
    }
    hide_lines(key, dollars(parts[i]))
    if (sub(/^:?[-+?]/, "", parts[i])) hide_lines(key, dollars(parts[i]))
  }
}
# hide_fragment : a line that is no assignment, and its words.
function hide_fragment(line,    parts, n, i) {
  line = trimmed(line)
  # Such a line takes a variable of that name over from the environment.
  if (line ~ /^(export[ \t]+)?[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/) return
  hide("", line)
  n = split(line, parts, /[^A-Za-z0-9+\/=_.~-]+/)
  for (i = 1; i <= n; i++) hide("", parts[i])
}
function learn(line,    key, value, quote, at) {
  sub(/\r$/, "", line)
  if (open_quote != "") {
    at = closing(line, open_quote)
    open_value = open_value "\n" (at > 0 ? substr(line, 1, at - 1) : line)
    if (at == 0) return
    hide_forms(open_key, substr(open_value, 2), open_quote)
    open_quote = ""
    learn(substr(line, at + 1))
    return
  }
  if (trimmed(line) ~ /^(#|$)/) return
  if (line ~ /-----BEGIN /) in_key = 1
  at = match(line, /[=:]/)
  if (in_key || at == 0) hide_fragment(line)
  if (line ~ /-----END /) in_key = 0
  if (at == 0) return
  key = trimmed(substr(line, 1, at - 1))
  value = trimmed(substr(line, at + 1))
  if (sub(/^export[ \t\f]+/, "", key)) key = trimmed(key)
  if (key !~ /^[A-Za-z0-9_.-]+$/) hide_fragment(line)
  # The last line of a wrapped token often ends like an assignment.
  else if (length(key) > 15 && key ~ /[a-z]/ && key ~ /[A-Z]/ && key ~ /[0-9]/) hide_fragment(key)
  gsub(/[ \t]/, "", key)
  quote = substr(value, 1, 1)
  if (quote == "\"" || quote == "\047") {
    open_quote = quote
    open_key = key
    open_value = ""
    # Like a line that follows: to the quote that closes it. What stands behind that is the next statement.
    learn(substr(value, 2))
    return
  }
  hide_forms(key, value, "")
  if (sub(/ #.*$/, "", value)) hide_forms(key, trimmed(value), "")
}
# learn_rest : at the end of a file. A quote that nobody closes has swallowed other assignments.
function learn_rest(    lines, n, i) {
  if (open_quote == "") return
  open_quote = ""
  n = split(open_value, lines, "\n")
  hide_lines(open_key, open_value)
  hide_forms(open_key, lines[2], "")
  for (i = 3; i <= n; i++) {
    hide_fragment(lines[i])
    learn(lines[i])
  }
  learn_rest()
}
# unsaid : what Compose says of a file, without what it quotes of it. Of a name that it misses, which may be a piece of a
# value, only what looks like a variable and is named by no value here.
function unsaid(text,    lines, n, i, quoted) {
  if (text !~ /in variable name|unterminated|nvalid template|interpolation|need to escape|is not set|missing a value/) return text
  n = split(text, lines, "\n")
  for (i = 1; i <= n; i++) {
    # What is quoted may be of many lines, and is the last that Compose says: what follows is a log line or another call.
    if (lines[i] ~ /^(time="|[$] )/) quoted = 0
    if (quoted) lines[i] = "***"
    if (lines[i] ~ /^You may need to escape any [$] with another [$][.]?$/) quoted = 1
    if (lines[i] ~ /[Ii]nvalid template: / && lines[i] !~ /: "[^"]*"$/) quoted = 1
    sub(/unexpected character .*in variable name.*/, "this is no assignment (KEY=value)", lines[i])
    sub(/unterminated quoted value.*/, "a quote before this line is never closed", lines[i])
    sub(/[Ii]nvalid template: .*/, "a dollar that begins nothing Compose knows", lines[i])
    sub(/ is missing a value: .*/, " is missing a value", lines[i])
    if (match(lines[i], /invalid interpolation format for [^ ]*: /)) lines[i] = substr(lines[i], 1, RSTART + RLENGTH - 1) "***"
    if (match(lines[i], /required variable [A-Za-z0-9_]+ is missing|The [\\]*"[A-Za-z0-9_]+[\\]*" variable is not/))
      lines[i] = substr(lines[i], 1, RSTART - 1) without_name(substr(lines[i], RSTART))
  }
  return joined(lines, 1, n)
}
function without_name(said,    name) {
  match(said, /(variable |")[A-Za-z0-9_]+/)
  name = substr(said, RSTART, RLENGTH)
  sub(/^(variable |")/, "", name)
  if (name in assigned || name ~ VARIABLE && !(name in named)) return said
  return substr(said, 1, RSTART + RLENGTH - 1 - length(name)) "***" substr(said, RSTART + RLENGTH)
}
# joined : in halves, because each joint copies what it joins.
function joined(lines, first, last,    middle) {
  if (first >= last) return lines[first]
  middle = int((first + last) / 2)
  return joined(lines, first, middle) "\n" joined(lines, middle + 1, last)
}
# covered : TEXT, of one or many lines, none of which goes on in another text.
function covered(text,    i, what, before, damaged) {
  if (report == "") text = unsaid(visible(text))
  escapes = index(text, "\\") || index(text, "%") || index(text, "\047\047")
  if (escapes && !escapes_known) know_escapes()
  if (!base64_known && text ~ SIX_DIGITS) know_base64()
  for (i = 1; i <= count; i++) {
    what = needle[i]
    if (what in part ? !escapes || part[what] != "" && !index(text, part[what]) : !index(text, what)) continue
    before = text
    text = spared(text, what)
    if (report != "" && text != before && structural(what)) damaged = 1
  }
  return damaged ? text "***" : text
}
# structural : whether a value that stands in a report goes beyond one text or number of it: what is left without it is not
# what was written.
function structural(what,    i) {
  if (what in part) return 0
  for (i = 1; i <= tokens; i++) if (index(what, token[i])) return 1
  # A whole list or object: one text stands in its place. Signs between digits are of one text, or no JSON is left.
  if (what ~ /^\[[^][{}]*\]$|^\{[^][{}]*\}$/) return gsub(/"/, "", what) % 2
  return index(what, "\"") || what ~ /[][{}]/ && what !~ /[^][{}:, \t0-9.+eE-]/
}
# spared : without WHAT, except where it is a part of what is public.
function spared(text, what,    i, marked) {
  for (i = 1; i <= tokens; i++) if (index(token[i], what in meant ? meant[what] : what)) {
    text = replaced(text, token[i], "\001" i "\002")
    marked = 1
  }
  text = replaced(text, what, "***", width[what])
  for (i = 1; marked && i <= tokens; i++) text = replaced(text, "\001" i "\002", token[i])
  return text
}
# replaced : WHAT is a text, or a pattern that nothing above WIDTH fits. A long text in halves, cut where it cuts none in two:
# each find copies the rest of the text, and a line of megabytes may hold hundreds of thousands.
function replaced(text, what, by, width,    at, most, cut, from, around, result) {
  if (!(width ? match(text, what) : index(text, what))) return text
  most = width ? width : length(what)
  if (length(text) > 2000 && length(text) > 4 * most) {
    cut = int(length(text) / 2)
    from = cut - most
    around = substr(text, from + 1, 2 * most)
    while ((at = width ? match(around, what) : index(around, what)) > 0 && from + at <= cut) {
      at += (width ? RLENGTH : most) - 1
      from += at
      if (from > cut) cut = from
      around = substr(around, at + 1)
    }
    return replaced(substr(text, 1, cut), what, by, width) replaced(substr(text, cut + 1), what, by, width)
  }
  if (width) {
    gsub(what, by, text)
    return text
  }
  while ((at = index(text, what)) > 0) {
    result = result substr(text, 1, at - 1) by
    text = substr(text, at + most)
  }
  return result text
}
function learn_file(file,    line, first) {
  split("", value_of)
  open_quote = in_key = ""
  first = 1
  while ((getline line < file) > 0) {
    # A byte order mark is no part of what follows it, which may be a comment.
    if (first) sub(/^\357\273\277/, "", line)
    first = 0
    learn(line)
  }
  learn_rest()
  close(file)
}
BEGIN {
  project_dir = ENVIRON["PROJECT_DIR"]
  plans = split(ENVIRON["PLAN"], plan, "\n")
  for (i = 1; i <= plans; i++) if (sub(/^env\t/, "", plan[i])) set_here[plan[i]]
  report = ENVIRON["REPORT"]
  DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
  for (i = 0; i < 6; i++) SIX_DIGITS = SIX_DIGITS "[A-Za-z0-9+/_-]"
  LETTERS = "abtnvfr"
  TERMINAL = "(\033\\[|\302\233)[0-?]*[ -/]*[@-~]|\033([]PX^_][^\007\033\n\r]*(\007|\033\\\\)|[ -/]*[0-Z\\\\^-~])"
  UNSEEN = "\302[\200-\204\206-\237\255]|\330\234|\342\200[\213\216\217\252-\256]|\342\201[\240-\251]|\357\273\277"
  VARIABLE = "^([A-Z]+|[A-Z][A-Z0-9]*(_[A-Z0-9]+)+)$"
  for (i = 1; i < 256; i++) byte[sprintf("%c", i)] = i
  power[0] = 1
  for (i = 1; i < 24; i++) power[i] = 2 * power[i - 1]
  files = split(ENVIRON["ENV_PATHS"], env_file, "\n")
  for (f = 1; f <= files; f++) if (env_file[f] != "") learn_file(env_file[f])
  for (name in named) if (!(name in assigned) && !(name in ENVIRON)) hide(named[name], name)
  words = split(ENVIRON["PUBLIC"], word, "\n")
  for (i = 1; i <= words; i++) if (word[i] != "") token[++tokens] = "\"" word[i] "\""
  if (project_dir != "") token[++tokens] = project_dir
  RS = "\376"
}
# To the end of what comes as one text: the byte is none of UTF-8.
{ text = NR > 1 ? text "\376" $0 : $0 }
END {
  if (NR == 0) exit
  if (report != "") printf "%s", covered(text)
  else {
    sub(/\n$/, "", text)
    printf "%s%s\n", prefix, replaced(covered(text), "\n", "\n" prefix)
  }
}
'

# redact PREFIX : stdin to stdout, each line with PREFIX. ENV_PATHS holds the env files to learn from, one a line; they go
# through the environment because `-v` would read backslashes in them as escapes.
redact() {
  # Of the controls those that belong to no escape: it takes an awk long.
  tr -d '\000-\006\010\013\014\016-\032\034-\037\177' | ENV_PATHS=${ENV_PATHS-} PROJECT_DIR=${PROJECT_DIR-} PLAN=${PLAN-} REPORT='' PUBLIC='' \
    awk -v prefix="${1-}" "$REDACTOR"
}

# redact_report WORDS : a report. WORDS, one a line, are left where they are a whole string of it. Where a value goes beyond a
# string, what comes out is no JSON.
redact_report() {
  tr '\000\001\002\376' '\377\377\377\377' |
    ENV_PATHS=${ENV_PATHS-} PROJECT_DIR=${PROJECT_DIR-} PLAN=${PLAN-} REPORT=yes PUBLIC=$1 awk "$REDACTOR"
}
