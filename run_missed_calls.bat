@echo off
rem Missed calls of an office: --office OFFICE.
call "%~dp0scripts\launch.bat" calls run --type missed %*
exit /b %ERRORLEVEL%
