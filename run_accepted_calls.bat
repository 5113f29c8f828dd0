@echo off
rem Accepted calls of an office: --office OFFICE.
call "%~dp0scripts\launch.bat" calls run --type accepted %*
exit /b %ERRORLEVEL%
