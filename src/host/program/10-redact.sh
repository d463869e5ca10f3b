# The one redactor: every foreign text that leaves this host passes it.
#
# What it hides: each value of the env files in play (the current one and the snapshot's), raw, unquoted and
# unescaped; as JSON writes it (`\"`, `\/`, `\t`, `\u003c`, `\u4ea4` in either case, escaped once or several times
# over) and as an address does (`%3C`); and its base64, in both alphabets, also inside the base64 of something longer,
# where that stands on one line. Multi-line values line by line. Not hidden, because the protocol and the reports
# would be damaged and no secret lies in them: image variables and the variables this deployment sets, paths
# below the project directory, short plain values (under 8 characters, or under 4 where the key sounds secret) and
# numbers under 8 digits.
#
# What of it costs time is made when the first line asks for it: most lines do not.

# shellcheck disable=SC2016 # an awk program, not shell
REDACTOR='
function exempt_key(key) {
  return key ~ /_IMAGE$/ || key == "COMPOSE_PROJECT_NAME" || key == "AI_TRADE_PROJECT_DIR" || key == "AI_TRADE_ENV_FILE"
}
function sounds_secret(key) {
  return toupper(key) ~ /SECRET|KEY|TOKEN|PASS|PWD|CRED|AUTH|PRIVATE|SALT|SIGN|WEBHOOK|DSN|COOKIE|SESSION/
}
function hide(key, value,    digits) {
  if (exempt_key(key)) return
  if (project_dir != "" && index(value, project_dir) == 1) return
  if (length(value) < (sounds_secret(key) ? 4 : 8)) return
  if (value ~ /^[-+]?[0-9.]+$/ && length(value) < 8) return
  if (value == "true" || value == "false") return
  if (value in known) return
  known[value] = 1
  digits = length(value) < 8 ? int((length(value) * 8 + 5) / 6) : 10
  if (shortest64 == 0 || digits < shortest64) shortest64 = digits
  insert(needle, ++count, value)
}
# insert : the text becomes one of `count` in the list, the longest first: a shorter one may be a part of it.
function insert(list, count, text,    at) {
  for (at = count - 1; at > 0 && length(list[at]) < length(text); at--) list[at + 1] = list[at]
  list[at + 1] = text
}
# know_bytes : what the forms below are computed with.
function know_bytes(    i) {
  if (bytes_known++) return
  for (i = 1; i < 256; i++) byte[sprintf("%c", i)] = i
  for (i = 0; i < 64; i++) digit64[i] = substr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", i + 1, 1)
}
# know_base64 : of each value the digits that stand for nothing but it, at each of the three places where it can begin
# in a group; and its own base64 as a whole.
function know_base64(    i) {
  if (base64_known++) return
  know_bytes()
  for (i = 1; i <= count; i++) encode(needle[i])
}
function encode(value,    n, i, c, next_c, high, middle, low, at_0, at_1, at_2) {
  n = length(value)
  c = byte[substr(value, 1, 1)]
  for (i = 0; i < n; i++) {
    next_c = i + 1 < n ? byte[substr(value, i + 2, 1)] : -1
    low = digit64[c % 64]
    high = digit64[int(c / 4)]
    middle = ""
    if (next_c >= 0) {
      high = high digit64[c % 4 * 16 + int(next_c / 16)]
      middle = digit64[c % 16 * 4 + int(next_c / 64)]
    }
    if (i % 3 == 0) { at_0 = at_0 high; at_1 = at_1 middle; at_2 = at_2 low }
    else if (i % 3 == 1) { at_0 = at_0 middle; at_1 = at_1 low; at_2 = at_2 high }
    else { at_0 = at_0 low; at_1 = at_1 high; at_2 = at_2 middle }
    if (next_c >= 0) c = next_c
  }
  if (n % 3 == 1) remember_base64(at_0 digit64[c % 4 * 16])
  if (n % 3 == 2) remember_base64(at_0 digit64[c % 16 * 4])
  if (n < 8) return
  remember_base64(at_0)
  remember_base64(at_1)
  remember_base64(at_2)
}
function remember_base64(text) {
  insert(needle64, ++count64, text)
  if (text !~ /[+\/]/) return
  gsub(/[+]/, "-", text)
  gsub(/\//, "_", text)
  insert(needle64, ++count64, text)
}
# know_patterns : of each value that somebody may write with escapes, all its ways at once; and its longest plain part,
# without which a line has none of them.
function know_patterns(    i) {
  if (patterns_known++) return
  know_bytes()
  for (i = 1; i <= count; i++) {
    if (needle[i] !~ /[^A-Za-z0-9]/) continue
    pattern[++patterns] = pattern_of(needle[i])
    plain_part[patterns] = longest_plain(needle[i])
  }
}
function longest_plain(value,    parts, n, i, longest) {
  n = split(value, parts, /[^A-Za-z0-9]+/)
  for (i = 1; i <= n; i++) if (length(parts[i]) > length(longest)) longest = parts[i]
  return longest
}
function pattern_of(value,    i, j, c, n, code, raw, percent, result) {
  for (i = 1; i <= length(value); i += n) {
    c = substr(value, i, 1)
    n = 1
    if (c ~ /[A-Za-z0-9]/) {
      result = result c
      continue
    }
    code = byte[c]
    if (code >= 240 && code < 248) { n = 4; code -= 240 }
    else if (code >= 224) { n = 3; code -= 224 }
    else if (code >= 192) { n = 2; code -= 192 }
    raw = code < 128 && n == 1 ? "\\\\*" literal(c) : c
    percent = "%" any_case(sprintf("%02x", byte[c]))
    for (j = 1; j < n; j++) {
      c = substr(value, i + j, 1)
      code = code * 64 + byte[c] % 64
      raw = raw c
      percent = percent "%" any_case(sprintf("%02x", byte[c]))
    }
    result = result "(" raw "|" percent "|" (code in letter_escape ? "\\\\+" letter_escape[code] "|" : "")
    if (code < 65536) result = result unicode_escape(code) ")"
    else result = result unicode_escape(55296 + int((code - 65536) / 1024)) unicode_escape(56320 + code % 1024) ")"
  }
  return result
}
function literal(c) {
  return c ~ /[]^[\\]/ ? "\\" c : "[" c "]"
}
function unicode_escape(code) {
  return "\\\\+u" any_case(sprintf("%04x", code))
}
function any_case(hex,    i, c, result) {
  for (i = 1; i <= length(hex); i++) {
    c = substr(hex, i, 1)
    result = result (c ~ /[a-f]/ ? "[" c toupper(c) "]" : c)
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
function covered(line,    i) {
  # First what a shorter value, found in it by chance, would cut in two.
  line = without_base64(line)
  if (index(line, "\\") > 0 || index(line, "%") > 0) {
    know_patterns()
    for (i = 1; i <= patterns; i++)
      if (plain_part[i] == "" || index(line, plain_part[i]) > 0) line = without_pattern(line, pattern[i])
  }
  for (i = 1; i <= count; i++) if (index(line, needle[i]) > 0) line = without(line, needle[i])
  return line
}
# without_base64 : word by word. What has nothing in it is remembered, because the lines of a log are alike. A long line is
# looked at as a whole: some awks take for ever to cut it into words.
function without_base64(line,    words, n, i, k, found) {
  if (length(line) > 4000) {
    know_base64()
    for (k = 1; k <= count64; k++) if (index(line, needle64[k]) > 0) line = without(line, needle64[k])
    return line
  }
  n = split(line, words, /[^A-Za-z0-9+\/_-]+/)
  for (i = 1; i <= n; i++) {
    if (shortest64 == 0 || length(words[i]) < shortest64 || words[i] in harmless) continue
    know_base64()
    found = 0
    for (k = 1; k <= count64; k++) {
      if (index(words[i], needle64[k]) == 0) continue
      found = 1
      line = without(line, needle64[k])
    }
    if (found) continue
    if (++harmless_words > 2000) { split("", harmless); harmless_words = 1 }
    harmless[words[i]] = 1
  }
  return line
}
# Not with gsub: awks differ in what a backslash in a replacement means. A long line in halves, cut where it cuts none in
# two: each find copies the rest of the line, and a line of megabytes may hold hundreds of thousands.
function without(line, text,    at, result, cut) {
  if (index(line, text) == 0) return line
  if (length(line) > 4000 && length(line) > 4 * length(text)) {
    cut = int(length(line) / 2)
    at = index(substr(line, cut - length(text) + 2, 2 * length(text) - 2), text)
    if (at > 0) cut = cut - length(text) + at
    return without(substr(line, 1, cut), text) without(substr(line, cut + 1), text)
  }
  while ((at = index(line, text)) > 0) {
    result = result substr(line, 1, at - 1) "***"
    line = substr(line, at + length(text))
  }
  return result line
}
function without_pattern(line, text,    result, cut, window, from, around) {
  if (match(line, text) == 0) return line
  # Nobody writes a value longer than that.
  window = 4 * length(text)
  if (length(line) > 4000 && length(line) > 4 * window) {
    cut = int(length(line) / 2)
    from = cut - window
    around = substr(line, from + 1, 2 * window)
    while (match(around, text) > 0 && from + RSTART <= cut) {
      if (from + RSTART + RLENGTH - 1 > cut) {
        cut = from + RSTART - 1
        break
      }
      from += RSTART + RLENGTH - 1
      around = substr(around, RSTART + RLENGTH)
    }
    return without_pattern(substr(line, 1, cut), text) without_pattern(substr(line, cut + 1), text)
  }
  while (match(line, text) > 0) {
    result = result substr(line, 1, RSTART - 1) "***"
    line = substr(line, RSTART + RLENGTH)
  }
  return result line
}
BEGIN {
  project_dir = ENVIRON["PROJECT_DIR"]
  letter_escape[8] = "b"; letter_escape[9] = "t"; letter_escape[12] = "f"; letter_escape[13] = "r"
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
