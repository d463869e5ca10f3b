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
# closing_brace : where in TEXT, which begins with one, the brace is that ends an expression. As compose-go finds it
# (getFirstBraceClosingIndex): what follows an opening brace is passed over; where none is left that closes the first, it
# is the last.
function closing_brace(text,    i, c, depth) {
  for (i = 1; i <= length(text); i++) {
    c = substr(text, i, 1)
    if (c == "}" && --depth == 0) return i
    if (c == "{") {
      depth++
      i++
    }
  }
  for (i = length(text); i > 0; i--) if (substr(text, i, 1) == "}") return i
  return 0
}
# doubled_dollars : what stands between double quotes, with each `\$` as the `$$` that it is the same as.
function doubled_dollars(text,    i, c, result) {
  if (index(text, "\\$") == 0) return text
  for (i = 1; i <= length(text); i++) {
    c = substr(text, i, 1)
    if (c == "\\") c = c substr(text, ++i, 1)
    result = result (c == "\\$" ? "$$" : c)
  }
  return result
}
# trimmed : without the white space that Compose takes away: before a value all of Latin-1 (compose-go, isSpace), behind it
# all of Unicode (unicode.IsSpace). What is trimmed otherwise is another text than the value, and is found nowhere.
function trimmed(text) {
  sub(/^([ \t\013\014\r]|\302[\205\240])+/, "", text)
  sub(/([ \t\013\014\r]|\302[\205\240]|\341\232\200|\342\200[\200-\212\250\251\257]|\342\201\237|\343\200\200)+$/, "", text)
  return text
}
'

# The one redactor: every foreign text that leaves this host passes it.
#
# What it hides: each value of the env files in play (the current one and the snapshot's), raw, unquoted and
# unescaped; as JSON and YAML write it (`\"`, `\/`, `\t`, `\u003c`, `\u4ea4` in either case, escaped once or several times
# over, a doubled quote or dollar) and as an address does (`%3C`); and its base64, in both alphabets, also inside the
# base64 of something longer, where that stands on one line. Multi-line values line by line. Of a value with `$` in it
# everything that interpolation makes: the names, what stands between them, defaults, and what comes out. A line that is
# no assignment (a key or token that was wrapped), and its words. What Compose quotes of a file that it cannot read.
#
# Not hidden, because the protocol and the reports would be damaged and no secret lies in them: image variables and the
# variables this deployment sets, paths below the project directory, short plain values (under 8 characters, or under 4
# where the key sounds secret) and numbers under 8 digits. What everybody knows stays where it stands by itself, even if a
# value is the same: the path of the project, and in a report the words that are judged (phases/assess.sh).
#
# It looks at all lines at once, because most hold nothing, and an awk takes its time over each.
# What of it costs time is made when the first text asks for it.

# shellcheck disable=SC2016 # an awk program, not shell
REDACTOR=$ENV_SYNTAX'
function exempt_key(key) {
  return key ~ /_IMAGE$/ || key == "COMPOSE_PROJECT_NAME" || key == "AI_TRADE_PROJECT_DIR" || key == "AI_TRADE_ENV_FILE"
}
# sounds_secret : by whole words of the key, so that SIGNAL_MODE, DESIGN or KEYBOARD do not take words from every text;
# by the end of a word where several are written as one.
function sounds_secret(key) {
  while (match(key, /[a-z0-9][A-Z]/)) key = substr(key, 1, RSTART) "_" substr(key, RSTART + 1)
  key = toupper(key)
  gsub(/[^A-Z0-9]+/, "_", key)
  return key ~ /(^|_)(KEY|PASS|PWD|CRED|O?AUTH|AUTHENTICATION|AUTHORIZATION|PRIVATE|SALT|SIGN|SIGNATURE|SIGNING|DSN|SESSION(ID)?)S?[0-9]*(_|$)/ ||
    key ~ /(SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|PASSCODE|CREDENTIAL|WEBHOOK|COOKIE)S?[0-9]*(_|$)/ ||
    key ~ /(API|ACCESS|SECRET|PRIVATE|AUTH|SIGN|SIGNING|SIGNATURE|SESSION|MASTER|CRYPT|ENCRYPTION|HMAC|JWT|SSH|SSL|TLS|PASS)KEYS?[0-9]*(_|$)/ ||
    key ~ /(DB|PG|SQL|REDIS|SMTP|MAIL|USER|ROOT|ADMIN|KEY)(PASS|PWD)[0-9]*(_|$)/
}
function hide(key, value,    digits, seen) {
  if (exempt_key(key)) return
  if (project_dir != "" && index(value, project_dir) == 1) return
  if (length(value) < 4 || length(value) < 8 && !sounds_secret(key)) return
  if (value ~ /^[-+]?[0-9.]+$/ && length(value) < 8) return
  if (value == "true" || value == "false" || value == "null") return
  # What JSON is made of, which a value of several lines may be, is in every report.
  if (value ~ /^[][{}:,\"\\ \t]*$/) return
  if (value in known) return
  known[value] = 1
  digits = length(value) < 8 ? int((length(value) * 8 + 5) / 6) : 10
  if (shortest64 == 0 || digits < shortest64) shortest64 = digits
  insert(needle, ++count, value)
  seen = visible(value)
  if (seen != value) hide(key, seen)
}
# visible : TEXT without what the client takes away before it shows it (src/output/clean-text.ts): terminal escapes,
# controls but tabs and line ends, characters that are not seen. Left in, they would run through a value here, and its
# parts would be joined there.
function visible(text) {
  if (text ~ /[\001-\010\013\014\016-\037\177]|\302\233/) {
    text = replaced(without_escapes(replaced(text, "\302\233", "\033[")), "\007", "")
    # Of a text they were taken out before (redact).
    gsub(/[\001-\006\010\013\014\016-\032\034-\037\177]/, "", text)
  }
  # Where such a character is made of two halves only now, it must neither stay nor join two others.
  return without_unseen(without_unseen(text, ""), "?")
}
# without_escapes : of a long text in parts: a sequence goes beyond no line end, and holds the escape character only in
# what ends it.
function without_escapes(text,    cut, at) {
  if (index(text, "\033") == 0) return text
  if (length(text) > 4000) {
    for (cut = int(length(text) / 2); cut > 0; cut = int(cut / 2)) {
      at = match(substr(text, cut + 1), /[\n\r]|\033[^\\]/)
      if (at > 0) return without_escapes(substr(text, 1, cut + at - 1)) without_escapes(substr(text, cut + at))
    }
    sub(/^\033(\[[0-?]*[ -.\057]*[@-~]|[]PX^_][^\007\033\n\r]*(\007|\033[\\])|[ -.\057]*[0-Z\\^-~])/, "", text)
    text = replaced(text, "\033\\", "")
  } else gsub(/\033(\[[0-?]*[ -.\057]*[@-~]|[]PX^_][^\007\033\n\r]*(\007|\033[\\])|[ -.\057]*[0-Z\\^-~])/, "", text)
  return replaced(text, "\033", "")
}
function without_unseen(text, by,    i) {
  if (text !~ /\302[\200-\204\206-\237\255]|\330\234|\342\200[\213\216\217\252-\256]|\342\201[\240-\251]|\357\273\277/) return text
  know_unseen()
  for (i = 1; i <= unseen_count; i++) text = replaced(text, unseen[i], by)
  return text
}
function know_unseen() {
  if (unseen_count) return
  unseen_from("\302", 128, 159)
  unseen_from("\302", 173, 173)
  unseen_from("\330", 156, 156)
  unseen_from("\342\200", 139, 139)
  unseen_from("\342\200", 142, 143)
  unseen_from("\342\200", 170, 174)
  unseen_from("\342\201", 160, 169)
  unseen_from("\357\273", 191, 191)
}
function unseen_from(lead, from, to,    i) {
  for (i = from; i <= to; i++) if (lead != "\302" || i != 133) unseen[++unseen_count] = lead sprintf("%c", i)
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
  for (i = 1; i <= count64; i++) public64[i] = is_public(needle64[i])
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
    pattern_public[patterns] = is_public(needle[i])
    needle_of[patterns] = needle[i]
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
    if (c == "\047") raw = raw "|\047\047"
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
function unescape(value, quote,    i, c, digits, result) {
  for (i = 1; i <= length(value); i++) {
    c = substr(value, i, 1)
    if (c == "$" && quote != "\047" && substr(value, i + 1, 1) == "$") i++
    else if (c == "\\" && quote == "\047" && substr(value, i + 1, 1) == quote) {
      c = quote
      i++
    } else if (c == "\\" && quote == "\"") {
      c = substr(value, ++i, 1)
      if (c in meaning) c = meaning[c]
      else if (c == "0" && (digits = octal_digits(substr(value, i + 1, 3))) > 0) {
        c = sprintf("%c", octal(substr(value, i + 1, digits)))
        i += digits
      } else if (c !~ /["$\\]/) c = "\\" c
    }
    result = result c
  }
  return result
}
function octal_digits(text,    n) {
  while (substr(text, n + 1, 1) ~ /[0-7]/) n++
  return n
}
function octal(digits,    i, result) {
  for (i = 1; i <= length(digits); i++) result = result * 8 + substr(digits, i, 1)
  return result % 256
}
# interpolated : what Compose makes of a value with `$` in it. HOW: 1 with the variables of the file, 2 first those of the
# environment, 3 with none at all. On the way every piece of it becomes a value of its own, and each name is noted.
function interpolated(key, text, how,    at, result, name, sign, end, operand, known_as, is_set) {
  while ((at = index(text, "$")) > 0) {
    hide_lines(key, substr(text, 1, at - 1))
    result = result substr(text, 1, at - 1)
    text = substr(text, at + 1)
    if (substr(text, 1, 1) == "$") {
      result = result "$"
      text = substr(text, 2)
      continue
    }
    sign = operand = ""
    if (match(text, /^[A-Za-z_][A-Za-z0-9_]*/)) {
      name = substr(text, 1, RLENGTH)
      text = substr(text, RLENGTH + 1)
    } else if (match(text, /^[{][A-Za-z_][A-Za-z0-9_]*/) && (end = closing_brace(text)) > 0) {
      name = substr(text, 2, RLENGTH - 1)
      operand = substr(text, RLENGTH + 1, end - RLENGTH - 1)
      text = substr(text, end + 1)
      match(operand, /^:?[-+?]/)
      sign = substr(operand, 1, RLENGTH > 0 ? RLENGTH : 0)
      operand = interpolated(key, substr(operand, length(sign) + 1), how)
    } else {
      result = result "$"
      continue
    }
    if (sign ~ /[?]/ && name ~ /^[A-Z][A-Z0-9_]*$/) needed[name] = 1
    named[name] = key
    is_set = how == 2 && name in ENVIRON || how != 3 && name in value_of
    known_as = how == 2 && name in ENVIRON ? ENVIRON[name] : (how != 3 && name in value_of ? value_of[name] : "")
    if (sign ~ /:/ && known_as == "") is_set = 0
    if (sign ~ /-/ && !is_set || sign ~ /[+]/ && is_set) known_as = operand
    result = result known_as
  }
  hide_lines(key, text)
  return result text
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
  if (index(text, "$") == 0) return
  gsub(/[$]/, "$$", text)
  hide(key, text)
}
function hide_forms(key, value, quote,    plain, how, parts, n, i) {
  assigned[key] = 1
  hide_lines(key, value)
  plain = unescape(value, quote)
  hide_lines(key, plain)
  if (quote == "\047" || index(value, "$") == 0) {
    value_of[key] = plain
    return
  }
  if (quote == "\"") value = unescape_but_dollars(doubled_dollars(value))
  n = split(value, parts, /[${}]+/)
  for (i = 1; i <= n; i++) if (!plain_name(parts[i])) hide_lines(key, parts[i])
  for (how = 3; how > 0; how--) {
    plain = interpolated(key, value, how)
    hide_lines(key, plain)
  }
  value_of[key] = plain
}
function unescape_but_dollars(value,    parts, n, i, result) {
  n = split(value, parts, "$")
  for (i = 1; i <= n; i++) result = result (i > 1 ? "$" : "") unescape(parts[i], "\"")
  return result
}
function plain_name(text) {
  return text ~ /^[A-Za-z_][A-Za-z0-9_]*$/
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
    hide_forms(open_key, open_value, open_quote)
    open_quote = ""
    learn(substr(line, at + 1))
    return
  }
  if (trimmed(line) ~ /^(#|$)/) return
  if (line ~ /-----BEGIN /) in_key = 1
  if (in_key) hide_fragment(line)
  if (line ~ /-----END /) in_key = 0
  if (!match(line, /[=:]/)) {
    hide_fragment(line)
    return
  }
  key = trimmed(substr(line, 1, RSTART - 1))
  value = trimmed(substr(line, RSTART + 1))
  if (sub(/^export[ \t\f]+/, "", key)) key = trimmed(key)
  if (key !~ /^[A-Za-z0-9_.-]+$/) hide_fragment(line)
  # The last line of a wrapped token often ends like an assignment.
  else if (length(key) > 15 && key ~ /[a-z]/ && key ~ /[A-Z]/ && key ~ /[0-9]/) hide_fragment(key)
  gsub(/[ \t]/, "", key)
  quote = substr(value, 1, 1)
  if (quote == "\"" || quote == "\047") {
    value = substr(value, 2)
    at = closing(value, quote)
    if (at == 0) {
      open_quote = quote
      open_key = key
      open_value = value
      return
    }
    hide_forms(key, substr(value, 1, at - 1), quote)
    # What follows a quoted value is the next statement.
    learn(substr(value, at + 1))
    return
  }
  hide_forms(key, value, "")
  if (sub(/ #.*$/, "", value)) hide_forms(key, trimmed(value), "")
}
# learn_rest : at the end of a file. A quote that nobody closes has swallowed other assignments.
function learn_rest(    lines, n, i) {
  if (open_quote == "") return
  open_quote = ""
  hide_forms(open_key, open_value, "")
  n = split(open_value, lines, "\n")
  for (i = 2; i <= n; i++) {
    hide_fragment(lines[i])
    learn(lines[i])
  }
  learn_rest()
}
function is_public(text,    i) {
  for (i = 1; i <= tokens; i++) if (index(token[i], text) > 0) return 1
  return 0
}
function is_number(text) {
  return text !~ /[^-+.0-9eE]/
}
# covered : TEXT, of one or many lines, none of which goes on in another text. What is public and in the way is put aside
# for the values that are a part of it; none of them holds one of these marks.
function covered(text,    i, before) {
  if (report == "") text = unsaid(visible(text))
  numbers = waiting = 0
  before = text
  text = struck(text, 0)
  # A value that goes beyond a word that is judged: what is left is not what was written.
  damaged = report != "" && text != before && tokens_in(text) < tokens_in(before)
  if (waiting) {
    for (i = 1; i <= tokens; i++) text = replaced(text, token[i], "\001" i "\002")
    text = struck(text, 1)
    for (i = 1; i <= tokens; i++) text = replaced(text, "\001" i "\002", token[i])
  }
  if (report == "mend" && numbers) text = mended(text)
  return damaged ? text "***" : text
}
function tokens_in(text,    i, n, lost) {
  for (i = 1; i <= tokens; i++) {
    lost = length(text)
    text = replaced(text, token[i], "")
    n += (lost - length(text)) / length(token[i])
  }
  return n
}
# struck : without the values that are public (1), or those that are not (0). First what a shorter value, found in it by
# chance, would cut in two.
function struck(text, publicly,    i) {
  if (shortest64 > 0 && length(text) >= shortest64) {
    know_base64()
    for (i = 1; i <= count64; i++)
      if (index(text, needle64[i]) > 0 && due(public64[i], publicly, needle64[i])) text = replaced(text, needle64[i], "***")
  }
  if (index(text, "\\") > 0 || index(text, "%") > 0 || index(text, "\047\047") > 0) {
    know_patterns()
    for (i = 1; i <= patterns; i++) {
      if (plain_part[i] != "" && index(text, plain_part[i]) == 0) continue
      if (match(text, pattern[i]) > 0 && due(pattern_public[i], publicly, needle_of[i])) text = without_pattern(text, pattern[i])
    }
  }
  for (i = 1; i <= count; i++)
    if (index(text, needle[i]) > 0 && due(public_needle[i], publicly, needle[i])) text = replaced(text, needle[i], "***")
  return text
}
function due(is, wanted, text) {
  if (is != wanted) {
    waiting = 1
    return 0
  }
  if (is_number(text)) numbers = 1
  return 1
}
# unsaid : what Compose says of a file, without what it quotes of it.
function unsaid(text,    lines, n, i, line, name, result) {
  if (quoted_next == 0 && index(text, "variable") == 0 && index(text, "quoted value") == 0 && index(text, "nvalid template") == 0 && index(text, "interpolation") == 0 && index(text, "You may need to escape") == 0) return text
  if (length(text) > 4000) {
    i = int(length(text) / 2)
    n = index(substr(text, i), "\n")
    if (n > 0) {
      result = unsaid(substr(text, 1, i + n - 2)) "\n"
      return result unsaid(substr(text, i + n))
    }
  }
  n = split(text, lines, "\n")
  for (i = 1; i <= n; i++) {
    line = lines[i]
    # What is quoted may be of many lines, and is the last that Compose says: what follows is a log line or another call.
    if (line ~ /^(time="|[$] )/) quoted_next = 0
    if (quoted_next) line = "***"
    if (line ~ /^You may need to escape any [$] with another [$][.]?$/) quoted_next = 1
    if (match(line, /unexpected character .*in variable name/)) line = substr(line, 1, RSTART - 1) "unexpected character in variable name ***"
    else if (match(line, /unterminated quoted value /)) line = substr(line, 1, RSTART + RLENGTH - 1) "***"
    else if (match(line, /[Ii]nvalid template: /)) {
      if (substr(line, RSTART + RLENGTH) !~ /^"[^"]*"$/) quoted_next = 1
      line = substr(line, 1, RSTART + RLENGTH - 1) "***"
    }
    else if (match(line, /invalid interpolation format for [^ ]*: /)) line = substr(line, 1, RSTART + RLENGTH - 1) "***"
    else if (match(line, /required variable [A-Za-z0-9_]+ is missing a value/)) line = without_name(line)
    if (match(line, /The [\\]*"[A-Za-z0-9_]+[\\]*" variable is not set/)) line = without_name(line)
    result = result (i > 1 ? "\n" : "") line
  }
  return result
}
# without_name : LINE without the name in what was matched, if that may be a piece of a value, and without a reason behind it.
function without_name(line,    head, said, tail, name) {
  head = substr(line, 1, RSTART - 1)
  said = substr(line, RSTART, RLENGTH)
  tail = substr(line, RSTART + RLENGTH)
  if (said ~ /^required/) sub(/^: .*/, ": ***", tail)
  name = said
  sub(/^(The [\\]*"|required variable )/, "", name)
  head = head substr(said, 1, length(said) - length(name))
  said = name
  sub(/([\\]*" variable is not set| is missing a value)$/, "", name)
  return head (names_variable(name) ? name : "***") substr(said, length(name) + 1) tail
}
# names_variable : of a name that Compose misses. What it reads may be a hash or a password of any env file.
function names_variable(name) {
  if (name in assigned || name in needed || exempt_key(name)) return 1
  if (name in named) return 0
  know_asked()
  return name in asked || asked_elsewhere && name ~ /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/
}
# know_asked : the variables that the compose files of the plan name. Where there are others, or none is known, a name
# has to look like one.
function know_asked(    files, file, n, i, line, text) {
  if (asked_known++) return
  n = split(ENVIRON["COMPOSE_FILES"], files, "\n")
  if (n == 0) asked_elsewhere = 1
  for (i = 1; i <= n; i++) {
    file = (files[i] ~ /^\// ? "" : project_dir "/") files[i]
    text = ""
    while ((getline line < file) > 0) text = text line "\n"
    close(file)
    if (text == "" || text ~ /include|extends/) asked_elsewhere = 1
    know_asked_in(text)
  }
}
# Without braces it may be a piece of a value that was written there: only what looks like a name.
function know_asked_in(text,    parts, n, i, braced) {
  n = split(text, parts, "$")
  for (i = 2; i <= n; i++) {
    if (parts[i] == "" && i < n) {
      i++
      continue
    }
    braced = sub(/^[{]/, "", parts[i])
    if (!match(parts[i], /^[A-Za-z_][A-Za-z0-9_]*/)) continue
    parts[i] = substr(parts[i], 1, RLENGTH)
    if (braced || parts[i] ~ /^([A-Z][A-Z0-9_]*|[a-z]+(_[a-z0-9]+)*)$/ && length(parts[i]) < 20) asked[parts[i]] = 1
  }
}
# mended : a number of JSON that is hidden becomes a text, so that the report stays one. In halves, as below.
function mended(text,    cut, at, before) {
  if (index(text, "***") == 0) return text
  for (cut = int(length(text) / 2); cut > 1000; cut = int(cut / 2)) {
    at = index(substr(text, cut + 1), "\n")
    if (at > 0) return mended(substr(text, 1, cut + at - 1)) "\n" mended(substr(text, cut + at + 1))
  }
  before = ""
  while ((at = index(text, "\n")) > 0) {
    inside = 0
    before = before (index(substr(text, 1, at), "***") > 0 ? mended_part(substr(text, 1, at - 1)) "\n" : substr(text, 1, at))
    text = substr(text, at + 1)
  }
  inside = 0
  return before mended_part(text)
}
# mended_part : what is hidden outside of the strings of JSON, none of which goes beyond its line. By hand, because some
# awks take long to begin with a pattern.
function mended_part(line,    at, end, head, result) {
  if (length(line) > 4000 && (at = index(substr(line, int(length(line) / 2)), "\"")) > 0) {
    at += int(length(line) / 2) - 1
    result = mended_part(substr(line, 1, at))
    return result mended_part(substr(line, at + 1))
  }
  while ((at = index(line, "***")) > 0) {
    head = substr(line, 1, at - 1)
    pass_quotes(head)
    end = at + 3
    if (!inside) {
      for (at--; at > 0 && index("-+.0123456789eE", substr(head, at, 1)) > 0;) at--
      head = substr(head, 1, at) "\""
      while (end <= length(line) && index("-+.0123456789eE*", substr(line, end, 1)) > 0) end++
    }
    result = result head "***" (inside ? "" : "\"")
    line = substr(line, end)
  }
  pass_quotes(line)
  return result line
}
# pass_quotes : whether what follows TEXT is inside of a string. A quote after an odd number of backslashes ends none.
function pass_quotes(text,    piece, pieces, i, escapes) {
  pieces = split(text, piece, "\"")
  if (index(text, "\\") == 0) {
    if (pieces > 0 && pieces % 2 == 0) inside = !inside
    return
  }
  for (i = 1; i < pieces; i++) {
    escapes = 0
    if (inside) while (substr(piece[i], length(piece[i]) - escapes, 1) == "\\") escapes++
    if (escapes % 2 == 0) inside = !inside
  }
}
# Not with gsub: awks differ in what a backslash in a replacement means. A long line in halves, cut where it cuts none in
# two: each find copies the rest of the line, and a line of megabytes may hold hundreds of thousands.
function replaced(line, text, by,    at, result, cut) {
  if (index(line, text) == 0) return line
  if (length(line) > 4000 && length(line) > 4 * length(text)) {
    cut = int(length(line) / 2)
    at = index(substr(line, cut - length(text) + 2, 2 * length(text) - 2), text)
    if (at > 0) cut = cut - length(text) + at
    return replaced(substr(line, 1, cut), text, by) replaced(substr(line, cut + 1), text, by)
  }
  while ((at = index(line, text)) > 0) {
    result = result substr(line, 1, at - 1) by
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
  report = ENVIRON["REPORT"]
  letter_escape[7] = "a"; letter_escape[8] = "b"; letter_escape[9] = "t"; letter_escape[11] = "v"; letter_escape[12] = "f"; letter_escape[13] = "r"
  for (i in letter_escape) meaning[letter_escape[i]] = sprintf("%c", i + 0)
  meaning["n"] = "\n"
  files = split(ENVIRON["ENV_PATHS"], env_file, "\n")
  for (f = 1; f <= files; f++) {
    if (env_file[f] == "") continue
    open_quote = in_key = ""
    split("", value_of)
    first = 1
    while ((getline line < env_file[f]) > 0) {
      # A byte order mark is no part of what follows it, which may be a comment.
      if (first) sub(/^\357\273\277/, "", line)
      first = 0
      learn(line)
    }
    learn_rest()
    close(env_file[f])
  }
  for (name in named) if (!(name in assigned) && !(name in needed) && !(name in ENVIRON)) hide(named[name], name)
  words = split(ENVIRON["PUBLIC"], word, "\n")
  if (report != "") for (i = 1; i <= words; i++) if (word[i] != "") insert(token, ++tokens, "\"" word[i] "\"")
  if (project_dir != "") insert(token, ++tokens, project_dir)
  for (i = 1; i <= count; i++) public_needle[i] = is_public(needle[i])
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

# redact PREFIX : stdin to stdout, each line with PREFIX. ENV_PATHS holds the env files to learn from, one a line, and
# COMPOSE_FILES those that may name variables; they go through the environment because `-v` would read backslashes in
# them as escapes.
redact() {
  # Of the controls those that belong to no escape: it takes an awk long.
  tr -d '\000-\006\010\013\014\016-\032\034-\037\177' | ENV_PATHS=${ENV_PATHS-} COMPOSE_FILES=${COMPOSE_FILES-} PROJECT_DIR=${PROJECT_DIR-} REPORT='' PUBLIC='' \
    awk -v prefix="${1-}" "$REDACTOR"
}

# redact_report WORDS HOW : a report. WORDS, one a line, are left where they are a whole string of it. HOW: `mend` makes a text
# of a number that is hidden, `leave` does not. A text that can be none is made of a value that goes beyond such a word.
redact_report() {
  tr '\000\001\002\376' '\377\377\377\377' | ENV_PATHS=${ENV_PATHS-} PROJECT_DIR=${PROJECT_DIR-} REPORT=$2 PUBLIC=$1 awk "$REDACTOR"
}
