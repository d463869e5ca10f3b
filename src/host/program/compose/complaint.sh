# What is wrong with files that Compose cannot read, told without a value of theirs.

# complaint FILE : what Compose says (stdin) of files that it cannot read, without what it quotes of them: lines, paths and
# names stay. Then the keys of the env file FILE whose value has a dollar that Compose cannot read, which it does not name.
complaint() {
  # shellcheck disable=SC2016 # an awk program
  redact | awk '
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
    !/level=warning/ { print unquoted($0) }'
  # shellcheck disable=SC2016 # an awk program
  raw_values "$1" | awk '
    {
      at = index($0, "\t")
      # What is no key may be a line of a secret.
      if (substr($0, 1, at - 1) !~ /^[A-Za-z0-9_.-]+$/) next
      value = substr($0, at + 1)
      if (value ~ /^\047/) next
      if (value ~ /^"/) gsub(/[\\]./, "", value)
      else sub(/ #.*/, "", value)
      gsub(/[$][$]|[$][A-Za-z_][A-Za-z0-9_]*/, "", value)
      while (gsub(/[$][{][A-Za-z_][A-Za-z0-9_]*(:?[-+?][^$}]*)?[}]/, "", value)) continue
      if (index(value, "${")) print "the value of " substr($0, 1, at - 1) " has a dollar that begins no variable (write $$, or put the value in single quotes)"
    }' | redact
}
