# bash completion for muster. Load it with: source <(muster completion bash)
# or keep it: muster completion bash > /etc/bash_completion.d/muster

_muster() {
    local line=${COMP_LINE:0:COMP_POINT} current=${COMP_WORDS[COMP_CWORD]}
    local -a words
    # Words as the shell sees them, except that = and : do not end one.
    read -ra words <<<"$line"
    [ "${line: -1}" = ' ' ] && words+=('')
    local IFS=$'\n' whole=${words[-1]} found cut=
    # Bash replaces only what comes after the last = or :.
    [ "$whole" != "$current" ] && cut=${whole%"$current"}
    [ "$current" = '=' ] && cut=$whole
    COMPREPLY=()
    while read -r found; do
        [ -n "$found" ] && COMPREPLY+=("${found#"$cut"}")
    done < <("${COMP_WORDS[0]}" __complete "${words[@]:1}" 2>/dev/null)
    if [ ${#COMPREPLY[@]} -eq 1 ] && [ "${COMPREPLY[0]}" = __files ]; then
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
    elif [ ${#COMPREPLY[@]} -eq 1 ] && [ "${COMPREPLY[0]: -1}" = '=' ]; then
        compopt -o nospace
    fi
}
complete -F _muster muster
