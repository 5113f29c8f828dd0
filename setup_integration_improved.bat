@echo off
rem Install Switchboard into .venv beside this file and prepare a configuration. Safe to repeat.
setlocal
set "here=%~dp0"
set "python=%here%.venv\Scripts\python.exe"
set "suits=import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] <= (3, 13) else 1)"
"%python%" -c "%suits%" >nul 2>&1 && goto install
set "found="
for %%P in ("py -3.13" "py -3.12" "py -3.11" "python" "python3") do (
    if not defined found %%~P -c "%suits%" >nul 2>&1 && set "found=%%~P"
)
if not defined found goto missing
echo Creating .venv
%found% -m venv --clear "%here%.venv" || exit /b 2
:install
echo Installing requirements\runtime.lock (versions and hashes pinned)
"%python%" -m pip install -qq --disable-pip-version-check --no-input --require-hashes -r "%here%requirements\runtime.lock" || exit /b 2
"%python%" -m pip install -qq --disable-pip-version-check --no-input --no-deps --no-build-isolation --editable "%here%." || exit /b 2
call "%here%scripts\launch.bat" setup %*
exit /b %ERRORLEVEL%
:missing
echo Switchboard needs Python 3.11, 3.12 or 3.13 and found none. 1>&2
echo Install one from python.org, tick "Add python.exe to PATH", and run this again. 1>&2
exit /b 2
