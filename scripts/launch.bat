@echo off
rem Start this installation's `switchboard`. The configuration is what --config-dir names, else
rem SWITCHBOARD_CONFIG_DIR, else the folder of the launchers.
setlocal
for %%I in ("%~dp0..") do set "here=%%~fI"
if not exist "%here%\.venv\Scripts\switchboard.exe" goto missing
if not defined SWITCHBOARD_CONFIG_DIR set "SWITCHBOARD_CONFIG_DIR=%here%"
"%here%\.venv\Scripts\switchboard.exe" %*
exit /b %ERRORLEVEL%
:missing
echo Switchboard is not set up yet. Run setup_integration_improved.bat first. 1>&2
exit /b 2
