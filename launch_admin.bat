@echo off
rem How the integration is doing.
call "%~dp0scripts\launch.bat" admin %*
exit /b %ERRORLEVEL%
