@echo off
rem Asks for the credentials and stores them encrypted.
call "%~dp0scripts\launch.bat" credentials set %*
exit /b %ERRORLEVEL%
