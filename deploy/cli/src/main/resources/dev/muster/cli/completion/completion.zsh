#compdef muster
# zsh completion for muster. Load it with: source <(muster completion zsh)
# or keep it as _muster in a directory of $fpath.

_muster() {
    local -a found
    found=("${(@f)$(${words[1]} __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    found=("${(@)found:#}")
    if (( ${#found} == 1 )) && [[ ${found[1]} == __files ]]; then
        _files
    elif (( ${#found} == 1 )) && [[ ${found[1]} == *= ]]; then
        compadd -Q -S '' -- "${found[@]}"
    else
        compadd -Q -- "${found[@]}"
    fi
}

if [ "${funcstack[1]}" = _muster ]; then
    _muster "$@"
else
    compdef _muster muster
fi
