# Brings a machine to where Leadlight can be built, run and tested. Sourced by ./run and ./test, which set $top; does nothing twice.
# shellcheck shell=bash
#
# What is needed comes from Debian 12 alone (and npm for the dashboard and the tests). What is there already is left alone: a second
# call without a change asks dpkg once and returns. Root's rights are asked for (sudo) only when there is something to install.
set -euo pipefail
: "${top:?the folder of the tree, set by who sources this}"

run_packages=(build-essential gcc meson ninja-build pkg-config git ca-certificates tzdata
    libuv1-dev libjansson-dev libssl-dev libsodium-dev libsqlite3-dev libargon2-dev libcurl4-openssl-dev
    libpq-dev zlib1g-dev libcmocka-dev)
test_packages=(clang lld libclang-rt-14-dev clang-format universal-ctags curl postgresql-15 chromium)

say() { printf '%s\n' "$*"; }

# The packages of the first argument's purpose (run or test) that dpkg does not hold as installed, one a line.
setup_missing() {
    local wanted=("${run_packages[@]}") name
    if [ "$1" = test ]; then wanted+=("${test_packages[@]}"); fi
    for name in "${wanted[@]}"; do
        if [ "$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null)" != installed ]; then echo "$name"; fi
    done
    if ! setup_has_node; then printf 'nodejs\nnpm\n'; fi
}

setup_has_node() {
    local version
    command -v npm >/dev/null && version=$(node --version 2>/dev/null) || return 1
    version=${version#v}
    [ "${version%%.*}" -ge 18 ]
}

# Whether this is a Debian; /etc/os-release is the place where a system says what it is.
setup_is_debian() { [ -r /etc/os-release ] && grep -qx 'ID="\{0,1\}debian"\{0,1\}' /etc/os-release; }

setup_list_and_leave() {
    say "$1"
    say "Leadlight is built and tested with these packages of Debian 12 (or what another system calls the same):"
    say "  to run:  ${run_packages[*]}, nodejs 18 or newer, npm"
    say "  to test: ${test_packages[*]}"
    say "With them in place, LEADLIGHT_SETUP=skip $0 leaves the system alone and goes straight to the build."
    exit 2
}

setup_as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}
setup_may_become_root() { [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null; }

# Runs a command with its output in a log of its own; shows the end of that log only when the command fails.
setup_quietly() {
    local log
    log=$(mktemp)
    if ! "$@" >"$log" 2>&1; then
        say "This did not work: $*"
        tail -n 12 "$log"
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}

setup_refresh_lists() { setup_quietly setup_as_root apt-get -q update; }
setup_install() {
    setup_quietly setup_as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install "$@"
}

# The law moves clocks a few times a year, and local time is the heart of this program: looked at once a day at most.
setup_tzdata() {
    local stamp=$top/build/.tzdata-checked have offered
    if [ -n "$(find "$stamp" -mmin -1440 2>/dev/null)" ]; then return 0; fi
    if [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null; then
        setup_refresh_lists >/dev/null || say "The package lists could not be refreshed; going by the ones that are here."
    fi
    have=$(dpkg-query -W -f='${Version}' tzdata)
    offered=$(LC_ALL=C apt-cache policy tzdata | sed -n 's/^ *Candidate: //p')
    if [ -n "$offered" ] && dpkg --compare-versions "$offered" gt "$have"; then
        say "Bringing the time zone tables from $have to $offered."
        setup_install --only-upgrade tzdata || say "That did not work; going on with $have."
    fi
    mkdir -p "$top/build"
    touch "$stamp"
}

# setup_packages run|test: everything that is needed for that is installed when this returns.
setup_packages() {
    local missing
    if [ "${LEADLIGHT_SETUP:-}" = skip ]; then return 0; fi
    setup_is_debian || setup_list_and_leave "This is not a Debian system, so nothing is installed on it."
    mapfile -t missing < <(setup_missing "$1")
    if [ ${#missing[@]} -gt 0 ]; then
        setup_may_become_root || setup_list_and_leave "Missing here, and there is no sudo to install it with: ${missing[*]}."
        say "Installing ${#missing[@]} Debian packages: ${missing[*]}."
        setup_refresh_lists || true
        setup_install "${missing[@]}" || setup_list_and_leave "The packages could not be installed."
    fi
    setup_tzdata
}

# setup_node_modules FOLDER: what its package-lock.json names, fetched anew only when that file or package.json changed.
setup_node_modules() {
    local folder=$1 sum
    [ -f "$top/$folder/package-lock.json" ] || return 0
    sum=$(cat "$top/$folder/package.json" "$top/$folder/package-lock.json" | sha256sum)
    if [ "$(cat "$top/$folder/node_modules/.leadlight-stamp" 2>/dev/null)" = "$sum" ]; then return 0; fi
    say "Fetching the Node packages of $folder/."
    setup_quietly npm --prefix "$top/$folder" ci --no-audit --no-fund || return 1
    printf '%s\n' "$sum" >"$top/$folder/node_modules/.leadlight-stamp"
}

# Whether the Node here is as new as FOLDER/package.json asks for (engines.node, of the form ">=20.19").
setup_node_fits() {
    node -e 'const want = /^>=(\d+)(?:\.(\d+))?/.exec((require(process.argv[1]).engines || {}).node || ">=0");
        const [major, minor] = process.versions.node.split(".").map(Number);
        process.exit(major > +want[1] || (major === +want[1] && minor >= +(want[2] || 0)) ? 0 : 1);' "$top/$1/package.json"
}

# Builds web/dist when anything in web/ changed since the last time.
setup_dashboard() {
    local sum stamp=$top/web/node_modules/.leadlight-built
    [ -f "$top/web/package.json" ] || return 0
    if ! setup_node_fits web; then
        say "The dashboard is built with a newer Node than $(node --version): $(npm --prefix "$top/web" pkg get engines.node 2>/dev/null)."
        return 1
    fi
    setup_node_modules web || return 1
    sum=$(cd "$top/web" && find . \( -path ./node_modules -o -path ./dist \) -prune -o -type f -print0 | sort -z |
        xargs -0 sha256sum | sha256sum)
    if [ -d "$top/web/dist" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$sum" ]; then return 0; fi
    say "Building the dashboard."
    setup_quietly npm --prefix "$top/web" run build || return 1
    printf '%s\n' "$sum" >"$stamp"
}

# setup_meson FOLDER [OPTIONS]: a configured build folder; configured again only when the options, or whether there is a dashboard
# to embed, changed. (Meson itself notices changed meson.build files.)
setup_meson() {
    local folder=$top/$1 wanted
    shift
    wanted="CC=${CC:-} $* dashboard=$([ -d "$top/web/dist" ] && echo yes || echo no)"
    if [ -f "$folder/build.ninja" ] && [ "$(cat "$folder/.leadlight-options" 2>/dev/null)" = "$wanted" ]; then return 0; fi
    if [ -f "$folder/build.ninja" ]; then
        setup_quietly meson setup --wipe "$folder" "$top" "$@" || return 1
    else
        setup_quietly meson setup "$folder" "$top" "$@" || return 1
    fi
    printf '%s\n' "$wanted" >"$folder/.leadlight-options"
}
