@echo off
rem All calls of a single company, with a report.
call "%~dp0scripts\launch.bat" calls run --type all %*
exit /b %ERRORLEVEL%
