@echo off
rem Accepted calls of an office (--office OFFICE), or of all.
call "%~dp0scripts\launch.bat" calls run --type accepted %*
exit /b %ERRORLEVEL%
