@echo off
rem Missed calls of an office (--office OFFICE), or of all.
call "%~dp0scripts\launch.bat" calls run --type missed %*
exit /b %ERRORLEVEL%
