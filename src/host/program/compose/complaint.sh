# What is wrong with files that Compose cannot read, told without a value of theirs.

# complaint : what Compose says of files that it cannot read, without what it quotes of them: lines, paths and names stay.
# What only a value of the env file makes secret is for the redactor.
complaint() {
  # shellcheck disable=SC2016 # an awk program
  awk '
    function unquoted(text,    result, mark, end, word) {
      while (match(text, /(^|[^A-Za-z0-9])\047|["`]/)) {
        result = result substr(text, 1, RSTART + RLENGTH - 2)
        mark = substr(text, RSTART + RLENGTH - 1, 1)
        text = substr(text, RSTART + RLENGTH)
        end = index(text, mark)
        word = end > 0 ? substr(text, 1, end - 1) : text
        text = end > 0 ? substr(text, end + 1) : ""
        result = result (word ~ /^[a-z][a-z_-]*$/ && length(word) <= 32 ? mark word mark : "(not shown)")
      }
      return result text
    }
    /level=warning/ { next }
    # What it quotes, to the end. In other words than these, so that the redactor leaves what is told after it.
    quoted { next }
    /^You may need to escape any [$] with another [$]/ {
      print "You may need to escape any $ with another $ (not shown)."
      quoted = 1
      next
    }
    {
      sub(/unexpected character .*in variable name.*/, "this is no assignment (KEY=value)")
      sub(/unterminated quoted value.*/, "a quote before this line is never closed")
      if (match($0, /[Ii]nvalid template: /) && substr($0, RSTART + RLENGTH) !~ /^"[^"]*"$/) quoted = 1
      sub(/[Ii]nvalid template.*/, "a dollar that begins nothing Compose knows")
      sub(/is missing a value:.*/, "is missing a value")
      print unquoted($0)
    }'
}

# shellcheck disable=SC2016 # an awk program, not shell
ENV_FLAWS=$ENV_SYNTAX'function statements(text,    key, at, value) {
  if (trimmed(text) ~ /^(#|$)/) return
  at = match(text, /[=:]/)
  key = trimmed(at ? substr(text, 1, at - 1) : text)
  if (sub(/^export[ \t\f]+/, "", key)) key = trimmed(key)
  if (key == "" || key ~ /[^A-Za-z0-9_.\200-\377-]/) {
    print "line " NR " of " file " is no assignment (KEY=value)"
    return
  }
  if (!at) return
  value = trimmed(substr(text, at + 1))
  quote = substr(value, 1, 1)
  if (quote !~ /["\047]/) {
    sub(/ #.*$/, "", value)
    assign(key, trimmed(value), "", NR)
    return
  }
  value = substr(value, 2)
  at = closing(value, quote)
  if (at) {
    assign(key, substr(value, 1, at - 1), quote, NR)
    statements(substr(value, at + 1))
  } else { open = quote; open_key = key; open_line = NR; open_value = value }
}
function assign(key, value, quote, line,    flaw) {
  if (quote == "\"") {
    gsub(/[\\]n/, "\n", value)
    value = doubled_dollars(value)
  }
  flaw = quote == "\047" ? "" : dollar_flaw(value)
  if (flaw != "") print "line " line " of " file ": the value of " key " " flaw
  filled[key] = value != ""
}
# dollar_flaw : what is wrong with a value that Compose interpolates. No expression of it goes on in another line.
function dollar_flaw(text,    at, name, end, operand, sign, flaw) {
  while ((at = index(text, "$")) > 0) {
    text = substr(text, at + 1)
    if (text ~ /^[$]/) {
      text = substr(text, 2)
      continue
    }
    if (text !~ /^[{]/) continue
    end = closing_brace(text)
    if (!match(text, /^[{][A-Za-z_][A-Za-z0-9_]*/) || end == 0) return no_variable()
    name = substr(text, 2, RLENGTH - 1)
    operand = substr(text, RLENGTH + 1, end - RLENGTH - 1)
    text = substr(text, end + 1)
    if (operand == "") continue
    if (!match(operand, /^:?[-+?]/) || index(operand, "\n") > 0) return no_variable()
    sign = substr(operand, 1, RLENGTH)
    if (sign ~ /[?]/ && !is_set(name, sign ~ /:/)) return "needs " (name ~ /^[A-Z][A-Z0-9_]*$/ ? name ", which" : "a variable that") " is not set"
    flaw = dollar_flaw(substr(operand, RLENGTH + 1))
    if (flaw != "") return flaw
  }
  return ""
}
function no_variable() {
  return "has a dollar that begins no variable (write $$, or put the value in single quotes)"
}
function is_set(name, filled_too) {
  if (name in ENVIRON) return !filled_too || ENVIRON[name] != ""
  return name in filled && (!filled_too || filled[name])
}
{
  sub(/\r$/, "")
  if (NR == 1) sub(/^\357\273\277/, "")
  if (open == "") { statements($0); next }
  at = closing($0, open)
  open_value = open_value "\n" (at ? substr($0, 1, at - 1) : $0)
  if (at == 0) next
  assign(open_key, open_value, open, open_line)
  open = ""
  statements(substr($0, at + 1))
}
END { if (open != "") print "the value of " open_key ", from line " open_line " of " file " on, has no closing quote" }
'

# env_flaws FILE : lines of an env file that Compose cannot read, by number and key. What a deployment lends Compose is set.
env_flaws() {
  # shellcheck disable=SC2086 # image references have no blanks
  env $LENT_IMAGES awk -v file="$1" "$ENV_FLAWS" "$1"
}
