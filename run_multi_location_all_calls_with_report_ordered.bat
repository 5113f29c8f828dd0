@echo off
rem All calls of all offices in their processing order, with a report.
call "%~dp0scripts\launch.bat" calls run --all %*
exit /b %ERRORLEVEL%
