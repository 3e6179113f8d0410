# What scripts/demo, scripts/test and .ci/run share. Sourced, never run.

# The reader's language, as the program chooses it.
case "${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}" in
    fr*) language=fr ;;
    *) language=en ;;
esac

# say ENGLISH FRENCH: a line in the reader's language.
say() {
    if [ "$language" = fr ]; then printf '%s\n' "$2"; else printf '%s\n' "$1"; fi
}

# step ENGLISH FRENCH: a heading of what comes now.
step() {
    local bold='' plain=''
    if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\e[1m' plain=$'\e[0m'; fi
    printf '\n%s%s%s\n' "$bold" "$(say "$1" "$2")" "$plain"
}

# fail ENGLISH FRENCH: one clear line, and the end.
fail() {
    say "$(basename "$0"): $1" "$(basename "$0") : $2" >&2
    exit 1
}

# quietly COMMAND...: its output is seen on a terminal, and elsewhere only if it fails.
quietly() {
    if [ -t 1 ]; then
        "$@"
        return
    fi
    local log
    log=$(mktemp)
    if ! "$@" >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}

require_swift() {
    command -v swift >/dev/null || fail \
        "no Swift toolchain: install Swift 6.2 or newer from swift.org" \
        "pas de Swift : installez Swift 6.2 ou plus récent depuis swift.org"
}

# require_packages PACKAGE...: installs the Debian packages that are missing, after naming them.
require_packages() {
    local missing=() package as_root=()
    command -v dpkg-query >/dev/null || return 0 # Not Debian: the build says what is not there.
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok' \
            || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    step "Installing Debian packages: ${missing[*]}" "Installation de paquets : ${missing[*]}"
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail \
            "as root, run: apt-get install ${missing[*]}" \
            "en tant que root : apt-get install ${missing[*]}"
        as_root=(sudo)
    fi
    quietly "${as_root[@]}" apt-get update
    quietly "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends "${missing[@]}"
}

# free_port: a TCP port of the loopback that nobody listens on just now.
free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 12000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    printf '%s\n' "$port"
}

# name_commit: tells the build which commit it is made from, + where files were changed after it.
name_commit() {
    local commit
    commit=$(git rev-parse --short=12 HEAD 2>/dev/null) || return 0
    if [ -n "$(git status --porcelain 2>/dev/null)" ]; then commit+=+; fi
    export SOCLE_COMMIT=$commit
}
